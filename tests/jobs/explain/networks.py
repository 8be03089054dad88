"""Small random networks with all operations, from a view to a logit."""

import numpy as np
from hypothesis import strategies as st

from jobs.model.graph import (
    INPUT,
    Concatenation,
    Convolution,
    Highest,
    Mean,
    Network,
    Node,
    Pooling,
)

SIZE = (8, 9)


def make_network(seed: int, kind: str = "conv_pool") -> Network:
    """Two branches, one of which averages, and a head: conv_pool, averaged or local; float64."""
    rng = np.random.default_rng(seed)

    def layer(*shape: int, **settings) -> Convolution:
        return Convolution(rng.normal(size=shape), rng.normal(0, 0.3, shape[-1]), **settings)

    base = (
        Node("conv", (INPUT,), layer(3, 3, 1, 3, padding="SAME")),
        Node("pool", ("conv",), Pooling((2, 2), (2, 2), "VALID")),
        Node("wide", ("pool",), layer(3, 3, 3, 2, padding="SAME")),
        Node("mean", ("pool",), layer(1, 1, 3, 2, padding="SAME", average=(3, 3))),
        Node("mixed", ("wide", "mean", "pool"), Concatenation()),
    )
    if kind == "local":
        inside = rng.random((4, 4)) > 0.3
        inside[0, 0] = True
        return (
            *base,
            Node("head_hidden", ("mixed",), layer(1, 1, 7, 4)),
            Node("member_logits", ("head_hidden",), layer(1, 1, 4, 2, relu=False)),
            Node("member_scores", ("member_logits",), Highest(inside, 1 + int(inside.sum()) // 4)),
            Node(
                "logit",
                ("member_scores",),
                Convolution(np.full((1, 1, 2, 1), 0.5), np.zeros(1), relu=False),
            ),
        )
    if kind == "averaged":
        return (
            *base,
            Node("pooling", ("mixed",), Mean()),
            Node("head_convolution", ("pooling",), layer(1, 1, 7, 4)),
            Node("logit", ("head_convolution",), layer(1, 1, 4, 1, relu=False)),
        )
    return (
        *base,
        Node("head_convolution", ("mixed",), layer(3, 3, 7, 4, padding="SAME")),
        Node("head_pooling", ("head_convolution",), Pooling((2, 2), (2, 2), "VALID")),
        Node("logit", ("head_pooling",), layer(2, 2, 4, 1, relu=False)),
    )


def make_view(seed: int) -> np.ndarray:
    """(1, rows, columns, 1) float64 in [-1, 1]."""
    return np.random.default_rng(seed).uniform(-1, 1, (1, *SIZE, 1))


@st.composite
def networks(draw: st.DrawFn) -> tuple[Network, np.ndarray]:
    """A network of any head, and a view."""
    seed = draw(st.integers(0, 2**32 - 1))
    kind = draw(st.sampled_from(("conv_pool", "averaged", "local")))
    return make_network(seed, kind), make_view(seed)
