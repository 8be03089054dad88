"""The way of images and patients from the release to the labels (STARD 2015, item 19)."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from jobs.plots.svg import HEALTHY, INK, MUTED, SICK

_LINE, _PADDING, _GAP = 0.19, 0.16, 0.3  # inches
_WIDTH = 4.6
_REASON = 50  # letters; a longer one is cut


@dataclass(frozen=True)
class Box:
    """A step: its lines, the first of which is its name."""

    lines: tuple[str, ...]
    colour: str = INK

    @property
    def height(self) -> float:
        """In inches."""
        return _LINE * len(self.lines) + _PADDING


@dataclass(frozen=True)
class FlowDisplay:
    """The steps from above to below.

    Attributes:
        release: None where the dataset's manifest is not known.
        left_out: None where nothing was.
        splits: the folds and the test set, each with its two labels.

    Examples:
        >>> from jobs.plots import FlowDisplay
        >>> counts = {"images": 4, "patients": 2}
        >>> half = {**counts, "sick": counts, "healthy": counts, "number": 5}
        >>> flow = {"release": None, "left_out": [], "studied": counts, "folds": half, "test": half}
        >>> FlowDisplay.from_metrics(flow).alt_text().partition(";")[0]
        'Flow of images and patients. Studied: 4 images, 2 patients'
    """

    release: Box | None
    left_out: Box | None
    studied: Box
    splits: tuple[tuple[Box, Box, Box], ...]

    @classmethod
    def from_metrics(cls, flow: Mapping[str, Any]) -> "FlowDisplay":
        """From `flow` of metrics.json."""
        release, reasons = flow["release"], flow["left_out"]
        folds = f"{flow['folds']['number']} folds"
        return cls(
            Box(("Release", *_counts(release))) if release else None,
            Box(_reasons(reasons), MUTED) if reasons else None,
            Box(("Studied", *_counts(flow["studied"]))),
            (_split(folds, flow["folds"]), _split("Test set", flow["test"])),
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches, the height by the number of lines."""
        return _WIDTH, sum(row[0].height for row in self._rows()) + _GAP * (len(self._rows()) - 1)

    def draw(self, axes: Axes) -> None:
        """Draws a box for each step, and arrows between them."""
        width, height = self.size
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        middle, y = width / 2, 0.0
        if self.release:
            y = self._draw_beside(axes, self.release, y)
        _draw_box(axes, self.studied, (0.9, y), width - 1.8)
        y += self.studied.height
        quarter = width / 4
        for number, (split, *labels) in enumerate(self.splits):
            x = number * 2 * quarter
            _arrow(axes, (middle + (number - 0.5) * quarter, y), (x + quarter, y + _GAP))
            _draw_box(axes, split, (x + 0.06, y + _GAP), 2 * quarter - 0.12)
            below = y + _GAP + split.height
            for place, label in enumerate(labels):
                centre = x + (place + 0.5) * quarter
                _arrow(axes, (centre, below), (centre, below + _GAP))
                left = x + place * quarter + 0.06
                _draw_box(axes, label, (left, below + _GAP), quarter - 0.12)

    def alt_text(self) -> str:
        """All boxes, in words."""
        boxes = [box for row in self._rows() for box in row]
        texts = (f"{box.lines[0]}: {', '.join(box.lines[1:])}" for box in boxes)
        return "Flow of images and patients. " + "; ".join(texts)

    def _rows(self) -> list[Sequence[Box]]:
        splits, *labels = zip(*self.splits, strict=True)
        below = [pair for split in zip(*labels, strict=True) for pair in split]
        above = [[box] for box in (self.release, self.left_out) if box]
        return [*above, [self.studied], splits, below]

    def _draw_beside(self, axes: Axes, release: Box, y: float) -> float:
        """Draws the release, and below it to the right what was left out; where the next begins."""
        width = self.size[0]
        _draw_box(axes, release, (0.9, y), width - 1.8)
        top = y + release.height
        below = top + _GAP
        if self.left_out:
            _draw_box(axes, self.left_out, (1.2, below), width - 1.2)
            _arrow(
                axes,
                (0.95, below + self.left_out.height / 2),
                (1.2, below + self.left_out.height / 2),
            )
            below += self.left_out.height + _GAP
        _arrow(
            axes,
            (0.95 if self.left_out else width / 2, top),
            (0.95 if self.left_out else width / 2, below),
        )
        return below


def _counts(part: Mapping[str, int]) -> tuple[str, str]:
    return f"{part['images']:,} images", f"{part['patients']:,} patients"


def _split(name: str, part: Mapping[str, Any]) -> tuple[Box, Box, Box]:
    return (
        Box((name, *_counts(part))),
        Box(("sick", *_counts(part["sick"])), SICK),
        Box(("healthy", *_counts(part["healthy"])), HEALTHY),
    )


def _reasons(reasons: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    total = sum(each["images"] for each in reasons)
    lines = (
        f"{each['images']:,}: {textwrap.shorten(each['reason'], _REASON, placeholder=' ...')}"
        for each in reasons
    )
    return f"Left out: {total:,} images", *lines


def _draw_box(axes: Axes, box: Box, corner: tuple[float, float], width: float) -> None:
    x, y = corner
    axes.add_patch(Rectangle(corner, width, box.height, facecolor="none", edgecolor=box.colour))
    for number, line in enumerate(box.lines):
        weight = "normal" if number else "bold"
        at = y + _PADDING / 2 + (number + 0.5) * _LINE
        axes.text(
            x + width / 2, at, line, ha="center", va="center", weight=weight, color=box.colour
        )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "->", "color": MUTED, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=style)
