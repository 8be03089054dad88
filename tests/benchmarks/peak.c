/* Chains of float32 products and sums that wait for nothing but themselves: a core's peak. */

typedef float vector __attribute__((vector_size(64)));

enum { CHAINS = 20 }; /* more than units times their latency, fewer than registers */

/* Does 2 * 16 * CHAINS * times operations. */
float chains(long times, float factor, float term)
{
    vector value[CHAINS], f = {0}, t = {0}, sum = {0};
    f += factor;
    t += term;
#pragma GCC unroll 20
    for (int i = 0; i < CHAINS; i++)
        value[i] = t * (float)i;
    for (long n = 0; n < times; n++)
#pragma GCC unroll 20
        for (int i = 0; i < CHAINS; i++)
            value[i] = value[i] * f + t;
#pragma GCC unroll 20
    for (int i = 0; i < CHAINS; i++)
        sum += value[i];
    return sum[0];
}
