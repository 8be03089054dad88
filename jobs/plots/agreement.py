"""How two models rank the same images: each image's rank in the one against that in the other."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from scipy.stats import spearmanr

from jobs.common.types import Bools, Floats
from jobs.plots.svg import HEALTHY, RULE, SICK


@dataclass(frozen=True)
class AgreementDisplay:
    """Ranks of N images, from 0 to 1, in two runs.

    Attributes:
        first, second: the runs' names.
        ranks: (N, 2).
        sick: (N,).

    Examples:
        >>> import numpy as np
        >>> from jobs.plots.agreement import AgreementDisplay
        >>> ranks = np.array([[0.1, 0.2], [0.4, 0.3], [0.9, 0.8]])
        >>> AgreementDisplay("a", "b", ranks, np.array([False, False, True])).alt_text()
        'Ranks of 3 images in b against those in a. Their rank correlation is 1.00'
    """

    first: str
    second: str
    ranks: Floats
    sick: Bools
    size: ClassVar[tuple[float, float]] = (4.2, 4.55)

    @property
    def correlation(self) -> float:
        """Spearman's; NaN of fewer than two images."""
        return float(spearmanr(self.ranks[:, 0], self.ranks[:, 1]).statistic)

    def draw(self, axes: Axes) -> None:
        """Draws a dot for each image: sick ones above the healthy."""
        axes.plot([0, 1], [0, 1], color=RULE, linewidth=1)
        for truth, colour, label in ((False, HEALTHY, "healthy"), (True, SICK, "sick")):
            x, y = self.ranks[self.sick == truth].T
            axes.plot(x, y, "o", color=colour, markersize=3.5, alpha=0.7, label=label, linewidth=0)
        axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), aspect="equal", anchor="N")
        axes.set(xlabel=f"rank in {self.first}", ylabel=f"rank in {self.second}")
        axes.figure.legend(loc="outside lower center", ncols=2)

    def alt_text(self) -> str:
        """How many images, and how alike the two rank them."""
        names = f"{self.second} against those in {self.first}"
        return (
            f"Ranks of {len(self.ranks)} images in {names}. Their rank correlation is "
            f"{np.round(self.correlation, 2):.2f}"
        )
