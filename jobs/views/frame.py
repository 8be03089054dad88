"""How large a view is: as large as the study says, or as the region that it shows."""

import math
from dataclasses import replace

from jobs.config.sections import LEAST_SIDE, ViewsConfig

_STEP = 16  # pixels between two places of mixed3 to mixed7; more sizes cost next to nothing


def fit(shape: tuple[float, ...], size: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    """The scale at which `shape` fits into `size`, its aspect ratio kept; and the shape then."""
    scale = min(size[0] / shape[0], size[1] / shape[1])
    height, width = (
        min(outer, max(1, round(float(side) * scale)))
        for side, outer in zip(shape, size, strict=True)
    )
    return scale, (height, width)


def framed(config: ViewsConfig, shape: tuple[int, ...]) -> ViewsConfig:
    """The settings of the views of one image: their `size` is that image's own.

    With `frame` breast it is that of the fitted region, rounded up, so that nearly no black is
    left beside it. All views of an image have it, whatever is cut off at the edges of each.

    Args:
        config: the study's.
        shape: (rows, columns) of the image's reduced region.

    Examples:
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import framed
        >>> framed(ViewsConfig(size=(1152, 896), frame="breast"), (1200, 500)).size
        (1152, 480)
        >>> framed(ViewsConfig(size=(1152, 896)), (1200, 500)).size
        (1152, 896)
    """
    if config.frame == "fixed":
        return config
    scale, _ = fit(shape, config.size)  # not the fitted shape: its rounding may be down
    rows, columns = (
        min(most, _STEP * math.ceil(max(side * scale, LEAST_SIDE) / _STEP))
        for side, most in zip(shape, config.size, strict=True)
    )
    return replace(config, size=(rows, columns))
