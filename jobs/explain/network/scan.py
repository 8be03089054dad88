"""One pass over a dataset: what each unit of some nodes has of each image, and where."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from jobs.common.types import Array, Bools, Floats, Tensor
from jobs.explain.units import Unit
from jobs.model import tf_runtime
from jobs.model.graph import Network, compute
from jobs.model.tensorflow_extractor import apply

Read = Callable[[Tensor], Mapping[str, tuple[Tensor, Tensor, Tensor]]]


@dataclass(frozen=True)
class NodeScan:
    """What one node's units had of each image's view.

    Attributes:
        highest: (n, channels) float32: each unit's highest value over all places.
        place: (n, channels, 2) int32: where that is: row and column of the node's places.
        mean: (n, channels) float32: over all places.
    """

    highest: Array
    place: Array
    mean: Array

    def separation(self, sick: Bools) -> Floats:
        """How well each unit's highest value tells the labels apart: (channels,), as an AUC.

        Raises:
            ValueError: one of the labels is missing.

        Examples:
            >>> values = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]], np.float32)
            >>> scan = NodeScan(values, np.zeros((3, 2, 2), int), values)
            >>> scan.separation(np.array([False, False, True])).tolist()
            [1.0, 0.5]
        """
        positives, negatives = int(sick.sum()), int((~sick).sum())
        if not positives or not negatives:
            raise ValueError("images of both labels are needed")
        ranks = rankdata(self.highest, axis=0)[sick].sum(axis=0)
        return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def scan_views(
    network: Network, nodes: Sequence[str], views: Iterable[Tensor]
) -> dict[str, NodeScan]:
    """What the units of some nodes have of each view.

    Args:
        network: has the nodes.
        nodes: their names.
        views: batches of (n, rows, columns, 1) float32.
    """
    read = _reader(network, nodes)
    parts: dict[str, list[tuple[Array, ...]]] = {name: [] for name in nodes}
    for batch in views:
        for name, values in read(tf_runtime.tensor(batch)).items():
            parts[name].append(tuple(each.numpy() for each in values))
    return {
        name: NodeScan(*(np.concatenate(arrays) for arrays in zip(*each, strict=True)))
        for name, each in parts.items()
    }


def choose_units(scan: NodeScan, node: str, sick: Bools, count: int) -> list[Unit]:
    """The units that tell the labels apart best, by the AUC's distance from 0.5; the best first."""
    found = scan.separation(sick)
    order = np.argsort(-np.abs(found - 0.5), kind="stable")
    return [Unit(node, int(channel)) for channel in order[:count]]


def _reader(network: Network, nodes: Sequence[str]) -> Read:
    tf = tf_runtime.start()
    signature = [tf.TensorSpec((None, None, None, 1), tf.float32)]

    @tf.function(input_signature=signature, autograph=False)
    def read(views: Tensor) -> Mapping[str, tuple[Tensor, Tensor, Tensor]]:
        values = compute(network, views, apply)
        return {name: _summary(values[name]) for name in nodes}

    return read


def _summary(value: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Each unit's highest value, its place, and its mean."""
    tf = tf_runtime.start()
    n, _, columns, channels = tf.unstack(tf.shape(value))
    places = tf.reshape(value, (n, -1, channels))
    at = tf.argmax(places, axis=1, output_type=tf.int32)
    place = tf.stack((at // columns, at % columns), axis=-1)
    return tf.reduce_max(places, axis=1), place, tf.reduce_mean(places, axis=1)
