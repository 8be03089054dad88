"""Networks whose weights are random from the top down: what a map should not survive.

Source: Adebayo et al., Sanity checks for saliency maps, NeurIPS 2018, section 3.1 (cascading
randomisation).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.model.graph import Concatenation, Convolution, Network, Node

HEAD = "head"
"""The name of the block behind the last concatenation."""


def blocks(network: Network) -> list[tuple[str, frozenset[str]]]:
    """The convolutions of a network in blocks, from its output to its input.

    A block ends with a concatenation, and has its name; what is behind the last one is HEAD. In a
    network without concatenations each convolution is a block.

    Returns:
        each block's name, and the names of its convolutions.
    """
    found: list[tuple[str, frozenset[str]]] = []
    names: list[str] = []
    branched = any(isinstance(node.operation, Concatenation) for node in network)
    for node in network:
        if isinstance(node.operation, Convolution):
            names.append(node.name)
        if names and (isinstance(node.operation, Concatenation) or not branched):
            found.append((node.name, frozenset(names)))
            names = []
    if names:
        found.append((HEAD, frozenset(names)))
    return found[::-1]


def randomise(network: Network, names: frozenset[str], seed: int) -> Network:
    """The network with new kernels in some convolutions, and biases of 0.

    They are drawn by He's rule (Delving Deep into Rectifiers, ICCV 2015), as of a network that was
    never trained: the signal keeps its size through all layers.
    """
    return tuple(_redrawn(node, seed) if node.name in names else node for node in network)


def spaced(names: Sequence[str], count: int) -> list[str]:
    """At most `count` of some names, evenly spaced, the first and the last among them."""
    chosen = np.unique(np.linspace(0, len(names) - 1, min(count, len(names))).round())
    return [names[int(each)] for each in chosen]


def _redrawn(node: Node, seed: int) -> Node:
    operation = node.operation
    assert isinstance(operation, Convolution)
    kernel = rng(seed, "random layer", node.name).standard_normal(
        operation.kernel.shape, np.float32
    )
    gain = 2 if operation.relu else 1
    kernel *= np.float32(np.sqrt(gain / np.prod(kernel.shape[:3])))
    bias = np.zeros_like(operation.bias)
    return replace(node, operation=replace(operation, kernel=kernel, bias=bias))
