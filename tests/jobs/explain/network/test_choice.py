"""Which layers are looked at without being named."""

import pytest

from jobs.explain.network.choice import default_layers
from jobs.model.graph import INPUT, Concatenation, Convolution, Node
from tests.jobs.explain.networks import make_network


@pytest.mark.parametrize(
    ("kind", "layers"),
    [
        ("conv_pool", ("mixed", "head_convolution")),
        ("local", ("mixed", "head_hidden")),
        ("averaged", ("mixed",)),
    ],
)
def test_the_blocks_and_the_head_s_first_layer(kind: str, layers: tuple[str, ...]):
    """After a mean of all places a unit has no place, and no patch."""
    assert default_layers(make_network(1, kind)) == layers


def test_of_many_blocks_a_middle_one_and_the_last():
    """mixed4 and mixed7 of eight."""
    conv = make_network(1)[0].operation
    assert isinstance(conv, Convolution)
    blocks = [Node(f"mixed{n}", ("conv",), Concatenation()) for n in range(8)]
    network = (Node("conv", (INPUT,), conv), *blocks, Node("logit", ("mixed7",), conv))
    assert default_layers(network) == ("mixed4", "mixed7")


def test_a_network_from_scratch_has_convolutions():
    """There are no blocks."""
    conv = make_network(1)[0].operation
    network = tuple(
        Node(name, (before,), conv)
        for before, name in ((INPUT, "conv2d_0"), ("conv2d_0", "conv2d_1"), ("conv2d_1", "logit"))
    )
    assert default_layers(network) == ("conv2d_1",)
