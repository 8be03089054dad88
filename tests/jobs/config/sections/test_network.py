"""`model` and `head`: what each value may be."""

from collections.abc import Callable

import pytest

from jobs.config.sections import LAYERS

Refused = Callable[[str], str]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("head: {filters: 0}", "head.filters must be at least 1; got 0"),
        ("head: {kernel: 0}", "head.kernel must be at least 1; got 0"),
        ("head: {pool: 0}", "head.pool must be at least 1; got 0"),
        ("head: {kind: locl}", "head.kind must be one of conv_pool, local; got 'locl'; did you"),
        ("head: {hidden: 0}", "head.hidden must be at least 1; got 0"),
        ("head: {members: 0}", "head.members must be at least 1; got 0"),
        ("head: {dropout: 1}", "head.dropout must be at least 0 and below 1; got 1.0"),
        ("head: {top: 0}", "head.top must be above 0 and at most 1; got 0.0"),
        ("head: {top: 0.1}", "head.top must be 0.01, the default, where head.kind is conv_pool; "),
        (
            "head: {kind: local, filters: 8}",
            "head.filters must be 32, the default, where head.kind is local; got 8",
        ),
        (
            "{head: {kind: local}, model: {pooling: average}}",
            "model.pooling must be none where head.kind is local; got 'average'",
        ),
        ("head: {filters: 100001}", "head.filters must be at most 100,000; got 100001"),
        ("model: {pooling: average}", "head.pool must be 1 where model.pooling is average; got 2"),
        (
            "model: {network: conv2}",
            "model.network must be inception_v3 unless train.live is true: stored features are",
        ),
        (
            "{model: {network: conv3, weights: imagenet}, train: {live: true}}",
            "model.weights must be random, the default, where model.network is conv3; got",
        ),
        (
            "{model: {network: conv2, layer: mixed7}, train: {live: true}}",
            "model.layer must be mixed10, the default, where model.network is conv2; got",
        ),
        (
            "model: {precision: float64}",
            "model.precision must be one of float32, bfloat16, float16, int8, auto; got 'float64'",
        ),
        (
            "{model: {precision: int8}, train: {live: true}}",
            "model.precision must be float32 where train.live is true; got 'int8'",
        ),
    ],
)
def test_a_value_out_of_range(refused: Refused, text: str, message: str):
    """The key, the rule and the value."""
    assert refused(text).startswith(message)


def test_the_layers():
    """Inception V3's blocks are called mixed0 to mixed10, from the input on."""
    assert tuple(f"mixed{number}" for number in range(11)) == LAYERS
