"""A unit's highest value in each image, by label."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes

from jobs.plots.svg import HEALTHY, SICK

_BINS = 24


@dataclass(frozen=True)
class ActivationsDisplay:
    """Histograms of one unit's highest values, of healthy and of sick images.

    Attributes:
        unit: the unit's name.
        healthy: of each healthy image.
        sick: of each sick one.

    Examples:
        >>> display = ActivationsDisplay("mixed7/31", (0.1, 0.4), (0.9,))
        >>> display.alt_text()
        'Highest value of mixed7/31: median 0.25 in 2 healthy images, 0.9 in 1 sick ones.'
    """

    unit: str
    healthy: tuple[float, ...]
    sick: tuple[float, ...]
    size: ClassVar[tuple[float, float]] = (3.4, 2.2)

    def draw(self, axes: Axes) -> None:
        """Draws both as shares of their label's images, over the same bins."""
        both = (*self.healthy, *self.sick)
        edges = np.linspace(min(both), max(*both, min(both) + 1e-9), _BINS + 1).tolist()
        for values, colour, label in (
            (self.healthy, HEALTHY, "healthy"),
            (self.sick, SICK, "sick"),
        ):
            weights = np.full(len(values), 1 / max(1, len(values)))
            axes.hist(
                values,
                edges,
                weights=weights,
                histtype="step",
                color=colour,
                linewidth=1.6,
                label=label,
            )
        axes.set(xlabel=f"highest value of {self.unit}", ylabel="share of images")
        axes.legend()

    def alt_text(self) -> str:
        """The medians and counts."""
        return (
            f"Highest value of {self.unit}: median {np.median(self.healthy):.3g} in "
            f"{len(self.healthy)} healthy images, {np.median(self.sick):.3g} in "
            f"{len(self.sick)} sick ones."
        )
