"""Which images a study uses, and what the network sees of them: `data` and `views`."""

from dataclasses import dataclass
from typing import Literal

from jobs.config.schema import require
from jobs.config.sections.rules import require_counts
from mammo_tfds.pixels.types import Window

Size = tuple[int, int] | tuple[None, None]
"""(rows, columns) of views; None where they differ."""


LEAST_SIDE = 75
"""The least rows and columns of a view, in pixels: below, Inception V3 has no output."""


@dataclass(frozen=True)
class DataConfig:
    """Which images are of the sick class, how patients are split, and how files are shown.

    Attributes:
        sick: the BI-RADS categories of the sick class; 4 includes 4a, 4b and 4c.
        folds: how many, beside the test set.
        test: the test set's share of the patients.
        window: which of a file's VOI LUTs and windows is applied: the first, the widest, none, or
            the one of this number, from 1, VOI LUTs first.
        order: split-first, patients are split, and then augmented; augment-first, views are split,
            so that a fold's model sees other views of the images that it is validated on. That
            inflates every figure out of fold; the test set's patients stay apart.

    Examples:
        >>> from jobs.config import DataConfig
        >>> DataConfig(folds=1)
        Traceback (most recent call last):
        jobs.common.errors.ConfigError: data.folds must be at least 2; got 1
    """

    sick: tuple[int, ...] = (4, 5, 6)
    folds: int = 5
    test: float = 0.2
    window: Window = "first"
    order: Literal["split-first", "augment-first"] = "split-first"

    @property
    def augment_first(self) -> bool:
        """Whether views are split into folds, not patients."""
        return self.order == "augment-first"

    def __post_init__(self) -> None:
        given = set(self.sick)
        valid = bool(given) and given < set(range(7)) and len(given) == len(self.sick)
        rule = "some, not all, of the BI-RADS categories from 0 to 6, each once"
        require(valid, "data.sick", rule, self.sick)
        require_counts("data", self, 2, "folds")
        require(0 < self.test < 1, "data.test", "between 0 and 1", self.test)
        if isinstance(self.window, int):
            require_counts("data", self, 1, "window")


@dataclass(frozen=True)
class ViewsConfig:
    """What the network sees of an image. View 0 is always the untouched image.

    Attributes:
        select: the projections that are used: all, craniocaudal (cc) or mediolateral oblique (mlo)
            alone; images of others are neither trained on nor predicted.
        size: (rows, columns) of a view.
        frame: fixed: each view has `size`, black beside the region; breast: it ends where the
            region ends, so that images differ in size, and none is larger than `size`.
        region: what is cut out of the image: the breast with a margin, or all of it.
        window: the percentiles of the breast's pixel values that become black and white.
        healthy: how many views an image of the healthy class has.
        sick: how many views an image of the sick class has.
        flip: the probability that left and right change places.
        crop: the largest share that is cut off at each side.
        contrast: the largest change of the factor about mid-grey.
        brightness: the largest shift, as a share of the window's width.
        noise: the largest standard deviation, as a share of the window's width.
        rotation: the largest angle, in degrees, either way about the view's centre.
        elastic: the largest displacement of a smooth random deformation, as a share of the region's
            height and width.

    Examples:
        >>> from jobs.config import ViewsConfig
        >>> ViewsConfig(size=(448, 336)).healthy
        10
    """

    select: Literal["all", "cc", "mlo"] = "all"
    size: tuple[int, int] = (299, 299)
    frame: Literal["fixed", "breast"] = "fixed"
    region: Literal["breast", "image"] = "breast"
    window: tuple[float, float] = (1.0, 99.5)
    healthy: int = 10
    sick: int = 27
    flip: float = 0.5
    crop: float = 0.1
    contrast: float = 0.2
    brightness: float = 0.1
    noise: float = 0.02
    rotation: float = 0.0
    elastic: float = 0.0

    def __post_init__(self) -> None:
        rule = f"at least {LEAST_SIDE} x {LEAST_SIDE} (rows, columns)"
        require(min(self.size) >= LEAST_SIDE, "views.size", rule, self.size)
        require(max(self.size) <= 10_000, "views.size", "at most 10,000 x 10,000", self.size)
        low, high = self.window
        require(0 <= low < high <= 100, "views.window", "two rising percentiles", self.window)
        require_counts("views", self, 1, "healthy", "sick")
        require(0 <= self.flip <= 1, "views.flip", "a probability", self.flip)
        require(0 <= self.crop < 0.5, "views.crop", "at least 0 and below 0.5", self.crop)
        require(0 <= self.contrast < 1, "views.contrast", "at least 0 and below 1", self.contrast)
        for name in ("brightness", "noise"):
            value = getattr(self, name)
            require(0 <= value <= 1, f"views.{name}", "between 0 and 1", value)
        require(0 <= self.rotation <= 180, "views.rotation", "from 0 to 180", self.rotation)
        rule = "from 0 to 0.05, beyond which a view may fold over itself"
        require(0 <= self.elastic <= 0.05, "views.elastic", rule, self.elastic)

    @property
    def common_size(self) -> Size:
        """(rows, columns) of every view; None for both where images differ in size."""
        return self.size if self.frame == "fixed" else (None, None)
