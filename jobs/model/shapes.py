"""The shape of what a base makes of a view, and where its places lie in it, without TensorFlow.

Source of Inception V3's architecture: keras/applications/inception_v3.py.
"""

from dataclasses import dataclass

from jobs.config.sections import LAYERS, Layer, ModelConfig
from jobs.model.small_networks import FILTERS, POOL

# Keras's inception_v3.py: how many channels the concatenation at each block's end has.
_CHANNELS: dict[Layer, int] = dict(
    zip(LAYERS, (256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048, 2048), strict=True)
)
# The windows without padding, all of 3 x 3, and their strides; whatever else is padded to keep its
# size. They shift a layer's places, and each stride sets them further apart.
_STEM = (2, 1, 2, 1, 2)
_REDUCTIONS: tuple[Layer, ...] = ("mixed3", "mixed8")  # the blocks with one more, of stride 2


@dataclass(frozen=True)
class Grid:
    """Where the places of a layer lie in a view.

    The place in row r and column c stands for the pixels around the point
    (offset + c * stride, offset + r * stride), which is the middle of what it sees.

    Attributes:
        shape: (rows, columns) of places.
        stride: from one place to the next, in the view's pixels.
        offset: of the first place's centre from the view's edge, in pixels; the centre of the
            first pixel is at 0.5.

    Examples:
        >>> layer_grid((299, 299), "mixed10")
        Grid(shape=(8, 8), stride=32, offset=37.5)
    """

    shape: tuple[int, int]
    stride: int
    offset: float


def layer_grid(size: tuple[int, int], layer: Layer) -> Grid:
    """The grid of a layer's places.

    Args:
        size: (rows, columns) of a view, each at least 75.
        layer: of Inception V3.
    """
    used = LAYERS[: LAYERS.index(layer) + 1]
    stride, offset, (rows, columns) = 1, 0.5, size
    for step in (*_STEM, *(2 for block in _REDUCTIONS if block in used)):
        offset += stride
        stride *= step
        rows, columns = ((side - 3) // step + 1 for side in (rows, columns))
    return Grid((rows, columns), stride, offset)


def feature_shape(size: tuple[int, int], model: ModelConfig) -> tuple[int, int, int]:
    """(h, w, channels) of the features of one view.

    Args:
        size: (rows, columns) of a view, each at least 75.
        model: of it, the network, the layer and the pooling.

    Examples:
        >>> feature_shape((299, 299), ModelConfig())
        (8, 8, 2048)
        >>> feature_shape((299, 299), ModelConfig(network="conv3"))
        (4, 4, 64)
    """
    if model.from_scratch:
        filters = FILTERS[model.network]
        rows, columns = (side // POOL ** len(filters) for side in size)
        channels = filters[-1]
    else:
        rows, columns = layer_grid(size, model.layer).shape
        channels = _CHANNELS[model.layer]
    return (1, 1, channels) if model.pooling == "average" else (rows, columns, channels)
