"""Which views an image has, and what is done to the image to make each of them.

A view is an augmented sample made from an image. View v of image i is a function of (seed, image
id, v, configuration), so that it is the same in any batch, order, worker and run. View 0 is the
untouched image.

Whoever changes what the same settings make of a view has to raise FORMAT in jobs/features/store.py,
jobs/precision/resolve.py and jobs/training/plan.py: old artifacts would count as up to date.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Floats
from jobs.config.names import TEST
from jobs.config.sections import ViewsConfig
from jobs.config.study import Study, plain
from jobs.data.dataset import Labelled, is_sick
from jobs.views.elastic import CONTROL_POINTS


@dataclass(frozen=True)
class View:
    """The name of one view of one image.

    Attributes:
        image_id: the image's.
        number: from 0, which is the untouched image.

    Examples:
        >>> from jobs.views import View
        >>> View("20586908", 3)
        View(image_id='20586908', number=3)
    """

    image_id: str
    number: int


def view_count(study: Study, image: Labelled) -> int:
    """How many views of an image are used: of the test set, the untouched ones alone."""
    if image.split == TEST:
        return 1
    return study.views.sick if is_sick(study, image) else study.views.healthy


@dataclass(frozen=True)
class ViewParameters:
    """What is done to an image to make one view.

    Attributes:
        crop: shares of the height and width cut at (top, left, bottom, right), each in [0, 0.5).
        flip: whether left and right change places.
        contrast: factor about mid-grey.
        brightness: shift, in units of the window's width.
        noise: (rows, columns, 1) float32, added last, in the same units.
        rotation: degrees to the left about the view's centre; what comes in is black.
        elastic: `jobs.views.elastic.CONTROL_POINTS` float64, by which the region is deformed before
            all else, in shares of its width and height; None if it is not.

    Examples:
        >>> import numpy as np
        >>> from jobs.views import ViewParameters
        >>> noise = np.zeros((299, 299, 1), np.float32)
        >>> mirrored = ViewParameters((0.0, 0.0, 0.0, 0.0), True, 1.0, 0.0, noise)
        >>> mirrored.flip
        True
    """

    crop: tuple[float, float, float, float]
    flip: bool
    contrast: float
    brightness: float
    noise: Array
    rotation: float = 0.0
    elastic: Floats | None = None


def draw_parameters(seed: int, image_id: str, view: int, config: ViewsConfig) -> ViewParameters:
    """The parameters of one view; those of view 0 change nothing.

    Args:
        seed: the study's.
        image_id: the image's.
        view: the number of the view, from 0.
        config: the ranges that the parameters are drawn from, and the size of the noise.

    Examples:
        >>> from jobs.config import ViewsConfig
        >>> from jobs.views import draw_parameters
        >>> draw_parameters(20, "20586908", 0, ViewsConfig()).contrast
        1.0
        >>> drawn = draw_parameters(20, "20586908", 1, ViewsConfig())
        >>> again = draw_parameters(20, "20586908", 1, ViewsConfig())
        >>> drawn.contrast == again.contrast and bool((drawn.noise == again.noise).all())
        True
    """
    rows, columns = config.size
    if view == 0:
        no_noise = np.zeros((rows, columns, 1), np.float32)
        return ViewParameters((0.0, 0.0, 0.0, 0.0), False, 1.0, 0.0, no_noise)
    random = rng(seed, "view", image_id, view)
    top, left, bottom, right = random.uniform(0, config.crop, 4).tolist()
    deviation = np.float32(random.uniform(0, config.noise))
    drawn = ViewParameters(
        crop=(top, left, bottom, right),
        flip=bool(random.random() < config.flip),
        contrast=float(random.uniform(1 - config.contrast, 1 + config.contrast)),
        brightness=float(random.uniform(-config.brightness, config.brightness)),
        noise=random.standard_normal((rows, columns, 1), np.float32) * deviation,
    )
    # Not after the noise, of which there is more in a larger view: an image's contours are where
    # its views show them, whatever size these have.
    turn = rng(seed, "view's turn", image_id, view)
    drawn = replace(drawn, rotation=turn.uniform(-config.rotation, config.rotation))
    if config.elastic:
        control = turn.uniform(-config.elastic, config.elastic, CONTROL_POINTS)
        drawn = replace(drawn, elastic=control)
    return drawn


_LATER = {"select": "all", "frame": "fixed", "rotation": 0.0, "elastic": 0.0, "mirror": False}


def view_settings(config: ViewsConfig) -> dict[str, Any]:
    """`views` as recipes have it.

    Settings that came later are left out where they change nothing, so that artifacts made before
    keep their keys.
    """
    settings = plain(config)
    return {name: value for name, value in settings.items() if _LATER.get(name) != value}
