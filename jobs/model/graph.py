"""A network as plain operations on NumPy weights, for whatever computes or explains it.

Batch norms are folded into the convolutions before them, so that a network is convolutions, largest
and highest values, means and concatenations, and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from jobs.common.types import Array, Bools

Value = TypeVar("Value")


@dataclass(frozen=True)
class Convolution:
    """A convolution, its bias and, unless it is linear, a ReLU.

    Attributes:
        kernel: (rows, columns, channels in, channels out) float32.
        bias: (channels out,) float32.
        strides: along rows and columns.
        padding: SAME or VALID, as TensorFlow defines them.
        average: the window around each place over which what comes before the ReLU is averaged;
            over the places that are there, without padding. None: it stays as it is.
        relu: whether negative values become 0.

    Examples:
        >>> import numpy as np
        >>> doubled = Convolution(np.full((1, 1, 1, 1), 2.0), np.zeros(1), relu=False)
        >>> doubled.strides, doubled.padding
        ((1, 1), 'VALID')
    """

    kernel: Array
    bias: Array
    strides: tuple[int, int] = (1, 1)
    padding: str = "VALID"
    average: tuple[int, int] | None = None
    relu: bool = True


@dataclass(frozen=True)
class Pooling:
    """The largest value in a window.

    Attributes:
        size: of the window: rows, columns.
        strides: along rows and columns.
        padding: SAME or VALID, as TensorFlow defines them.

    Examples:
        >>> Pooling((3, 3), (2, 2), "VALID").strides
        (2, 2)
    """

    size: tuple[int, int]
    strides: tuple[int, int]
    padding: str


@dataclass(frozen=True)
class Mean:
    """Each channel's mean over all places, of which one is left.

    Examples:
        >>> Mean() == Mean()
        True
    """


@dataclass(frozen=True)
class Concatenation:
    """Its inputs' channels, one after the other.

    Examples:
        >>> Node("both", ("left", "right"), Concatenation()).inputs
        ('left', 'right')
    """


@dataclass(frozen=True)
class Highest:
    """The mean of each channel's highest values at some places, of which one place is left.

    Attributes:
        places: (rows, columns) bool: where they are looked for; never nowhere.
        count: how many are taken of each channel.

    Examples:
        >>> import numpy as np
        >>> Highest(np.ones((8, 8), bool), 3).count
        3
    """

    places: Bools
    count: int


Operation = Convolution | Pooling | Mean | Concatenation | Highest


@dataclass(frozen=True)
class Node:
    """An operation, its name, and whose outputs it takes; "" is the network's input.

    Examples:
        >>> Node("pool", ("",), Pooling((2, 2), (2, 2), "VALID")).inputs
        ('',)
    """

    name: str
    inputs: tuple[str, ...]
    operation: Operation


Network = tuple[Node, ...]
"""Each node comes after those whose outputs it takes; the last one's output is the network's."""

INPUT = ""

Apply = Callable[[Node, Sequence[Value]], Value]
"""Carries out one node's operation on the values of its inputs."""


def compute(network: Network, value: Value, apply: Apply[Value]) -> dict[str, Value]:
    """Every node's output by its name, for an input of any kind; INPUT is the input itself.

    Examples:
        >>> nodes = (Node("a", ("",), Mean()), Node("b", ("", "a"), Concatenation()))
        >>> compute(nodes, "x", lambda node, inputs: f"{node.name}({', '.join(inputs)})")
        {'': 'x', 'a': 'a(x)', 'b': 'b(x, a(x))'}
    """
    values = {INPUT: value}
    for node in network:
        values[node.name] = apply(node, [values[name] for name in node.inputs])
    return values


def output_name(network: Network) -> str:
    """The name of the network's output: of no nodes, its input."""
    return network[-1].name if network else INPUT


def split_after(network: Network, name: str) -> tuple[Network, Network]:
    """The network up to a node, and the rest, whose input is that node's output.

    No node of the rest may take the output of another node before the cut.
    """
    cut = [node.name for node in network].index(name) + 1
    rest = (
        replace(node, inputs=tuple(INPUT if each == name else each for each in node.inputs))
        for node in network[cut:]
    )
    return network[:cut], tuple(rest)


def join(first: Network, second: Network) -> Network:
    """One network of two, the second of which takes the first one's output."""
    name = output_name(first)
    tail = (
        replace(node, inputs=tuple(name if each == INPUT else each for each in node.inputs))
        for node in second
    )
    return (*first, *tail)
