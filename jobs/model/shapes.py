"""The shape of Inception V3's outputs, without TensorFlow."""

from jobs.config.sections import LAYERS, Layer, ModelConfig

# Keras's inception_v3.py: how many channels the concatenation at each block's end has.
_CHANNELS: dict[Layer, int] = dict(
    zip(LAYERS, (256, 288, 288, 768, 768, 768, 768, 768, 1280, 2048, 2048), strict=True)
)
_REDUCTIONS: tuple[Layer, ...] = ("mixed3", "mixed8")  # the blocks that halve rows and columns


def feature_shape(size: tuple[int, int], model: ModelConfig) -> tuple[int, int, int]:
    """(h, w, channels) of the features of one view.

    Args:
        size: (rows, columns) of a view, each at least 75.
        model: of it, the layer and the pooling.

    Examples:
        >>> feature_shape((299, 299), ModelConfig())
        (8, 8, 2048)
    """
    if model.pooling == "average":
        return 1, 1, _CHANNELS[model.layer]
    used = LAYERS[: LAYERS.index(model.layer) + 1]
    halved = sum(layer in used for layer in _REDUCTIONS)
    rows, columns = (_side(side, halved) for side in size)
    return rows, columns, _CHANNELS[model.layer]


def _side(side: int, halved: int) -> int:
    """Rows or columns after the stem and so many blocks that halve them."""
    side = _halve(side) - 2  # a convolution of stride 2, one of 3 x 3 without padding
    side = _halve(side) - 2  # the largest of 3 x 3 of stride 2, a convolution without padding
    side = _halve(side)
    for _ in range(halved):
        side = _halve(side)
    return side


def _halve(side: int) -> int:
    """After a window of 3 x 3 of stride 2, without padding."""
    return (side - 3) // 2 + 1
