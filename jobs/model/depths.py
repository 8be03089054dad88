"""What Inception V3 makes of a view at several depths, averaged over its parts."""

from collections.abc import Mapping
from pathlib import Path

from jobs.common.types import Array, Tensor
from jobs.config.sections import LAYERS, Layer, Size
from jobs.model import tf_runtime
from jobs.model.graph import compute
from jobs.model.inception_v3 import read_network
from jobs.model.tensorflow_extractor import apply

DEPTHS: tuple[Layer, ...] = ("mixed0", "mixed2", "mixed4", "mixed7")
"""The blocks that are looked at, from the input on, as far as a network reaches."""


def depths_up_to(layer: Layer) -> tuple[Layer, ...]:
    """The depths of a network that ends with `layer`.

    Examples:
        >>> depths_up_to("mixed3")
        ('mixed0', 'mixed2')
    """
    return tuple(depth for depth in DEPTHS if LAYERS.index(depth) <= LAYERS.index(layer))


class DepthAverages:
    """A base with its averages at several depths."""

    def __init__(self, checkpoint: Path, layer: Layer, size: Size) -> None:
        """Builds the network up to `layer`'s last depth, for views of `size` (rows, columns).

        Raises:
            DataError: the checkpoint is not Inception V3's, or does not reach that depth.
        """
        tf = tf_runtime.start()
        self.depths = depths_up_to(layer)
        network = read_network(checkpoint, self.depths[-1])

        def averages(views: Tensor) -> list[Tensor]:
            values = compute(network, views, apply)
            return [tf.reduce_mean(values[depth], axis=(1, 2)) for depth in self.depths]

        spec = tf.TensorSpec((None, *size, 1), tf.float32)
        function = tf.function(averages, input_signature=[spec], autograph=False)
        self._call = function.get_concrete_function()

    def averages(self, views: Tensor) -> Mapping[str, Array]:
        """By depth, each channel's mean over all places: (n, channels) float32.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1].
        """
        found = self._call(tf_runtime.tensor(views))
        return {depth: each.numpy() for depth, each in zip(self.depths, found, strict=True)}
