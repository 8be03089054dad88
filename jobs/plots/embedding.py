"""Features of images, on the two directions in which they vary most."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from matplotlib.axes import Axes

from jobs.common.types import Array, Bools
from jobs.plots.svg import HEALTHY, SICK


@dataclass(frozen=True)
class EmbeddingDisplay:
    """Images as points, coloured by label.

    Attributes:
        points: (n, 2): along the first two principal components.
        sick: (n,) bool.
        variance: the share of the features' variance along each.

    Examples:
        >>> features = np.array([[0.0, 0, 1], [2, 0, 1], [4, 0, 1]])
        >>> display = EmbeddingDisplay.of(features, np.array([True, False, False]))
        >>> display.variance[0], abs(display.points[:, 0]).round(6).tolist()
        (1.0, [2.0, 0.0, 2.0])
    """

    points: Array
    sick: Bools
    variance: tuple[float, float]
    size: ClassVar[tuple[float, float]] = (4.2, 3.6)

    @classmethod
    def of(cls, features: Array, sick: Bools) -> Self:
        """From features, (n, channels)."""
        centred = np.asarray(features, np.float64) - np.mean(features, axis=0, dtype=np.float64)
        left, sizes, _ = np.linalg.svd(centred, full_matrices=False)
        total = max(float((sizes**2).sum()), 1e-300)
        first, second = ((sizes**2) / total)[:2].tolist()
        return cls((left * sizes)[:, :2], sick, (first, second))

    def draw(self, axes: Axes) -> None:
        """Draws the points, those of sick images last."""
        for chosen, colour, label in (
            (~self.sick, HEALTHY, "healthy"),
            (self.sick, SICK, "sick"),
        ):
            x, y = self.points[chosen].T
            axes.scatter(x, y, s=14, color=colour, alpha=0.7, label=label)
        names = (f"component {n + 1} ({share:.0%})" for n, share in enumerate(self.variance))
        axes.set(**dict(zip(("xlabel", "ylabel"), names, strict=True)))
        axes.legend()

    def alt_text(self) -> str:
        """How many points there are, and how much of the variance they show."""
        return (
            f"Features of {len(self.sick)} images, {int(self.sick.sum())} of them sick, on the two "
            f"principal components that have {sum(self.variance):.0%} of the variance."
        )
