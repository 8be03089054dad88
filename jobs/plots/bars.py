"""Shares as horizontal bars, the largest first."""

from collections.abc import Mapping
from dataclasses import dataclass

from matplotlib.axes import Axes

from jobs.plots.svg import MAIN, MUTED


@dataclass(frozen=True)
class BarsDisplay:
    """Named shares.

    Attributes:
        shares: by name, from 0 to 1.
        label: what they are shares of.

    Examples:
        >>> BarsDisplay({"a": 0.25, "b": 0.75}, "of the whole").alt_text()
        'of the whole: b 0.75, a 0.25'
    """

    shares: Mapping[str, float]
    label: str

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches, by the number of bars."""
        return 4.6, 0.8 + 0.26 * len(self.shares)

    def draw(self, axes: Axes) -> None:
        """Draws a bar for each share, with its number."""
        falling = self._falling()
        places = range(len(falling))
        axes.barh(places, [share for _, share in falling], color=MAIN, height=0.6)
        axes.set_yticks(places, [name for name, _ in falling])
        for place, (_, share) in zip(places, falling, strict=True):
            axes.annotate(
                f"{share:.2f}",
                (share, place),
                (4, 0),
                textcoords="offset points",
                va="center",
                color=MUTED,
                fontsize=8,
            )
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set(xlabel=self.label, xlim=(0, 1.12 * max(self.shares.values(), default=1)))

    def alt_text(self) -> str:
        """All shares."""
        return f"{self.label}: " + ", ".join(
            f"{name} {share:.2f}" for name, share in self._falling()
        )

    def _falling(self) -> list[tuple[str, float]]:
        return sorted(self.shares.items(), key=lambda each: -each[1])
