"""The way of images and patients from the release to the labels (STARD 2015, item 19)."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from jobs.plots.svg import HEALTHY, INK, MUTED, SICK

_LINE, _PADDING, _GAP = 0.19, 0.16, 0.3  # inches, as are the others
_WIDTH, _MARGIN, _SPACE = 4.6, 0.9, 0.06
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
        top = self._draw_release(axes) if self.release else 0.0
        _draw_box(axes, self.studied, (_MARGIN, top), width - 2 * _MARGIN)
        half = width / 2
        for number, split in enumerate(self.splits):
            start = half + (number - 0.5) * half / 2, top + self.studied.height
            _draw_split(axes, split, start, number * half, half)

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

    def _draw_release(self, axes: Axes) -> float:
        """Draws the release, and below it to the right what was left out; where the next begins."""
        assert self.release
        width = self.size[0]
        _draw_box(axes, self.release, (_MARGIN, 0), width - 2 * _MARGIN)
        below = self.release.height + _GAP
        x = width / 2
        if self.left_out:
            x = _MARGIN + 0.15
            middle = below + self.left_out.height / 2
            _draw_box(axes, self.left_out, (x + _GAP, below), width - x - _GAP - _SPACE)
            _arrow(axes, (x, middle), (x + _GAP, middle))
            below += self.left_out.height + _GAP
        _arrow(axes, (x, self.release.height), (x, below))
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


def _draw_split(
    axes: Axes, split: tuple[Box, Box, Box], start: tuple[float, float], x: float, width: float
) -> None:
    """Draws a split and its labels below it, from `x` on, with an arrow from `start`."""
    whole, *labels = split
    top, quarter = start[1] + _GAP, width / 2
    _arrow(axes, start, (x + quarter, top))
    _draw_box(axes, whole, (x + _SPACE, top), width - 2 * _SPACE)
    bottom = top + whole.height
    for place, label in enumerate(labels):
        left = x + place * quarter
        _arrow(axes, (left + quarter / 2, bottom), (left + quarter / 2, bottom + _GAP))
        _draw_box(axes, label, (left + _SPACE, bottom + _GAP), quarter - 2 * _SPACE)


def _draw_box(axes: Axes, box: Box, corner: tuple[float, float], width: float) -> None:
    x, y = corner
    axes.add_patch(
        Rectangle(corner, width, box.height, fill=False, edgecolor=box.colour, clip_on=False)
    )
    for number, line in enumerate(box.lines):
        weight = "normal" if number else "bold"
        at = y + _PADDING / 2 + (number + 0.5) * _LINE
        axes.text(
            x + width / 2, at, line, ha="center", va="center", weight=weight, color=box.colour
        )


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "->", "color": MUTED, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=style)
