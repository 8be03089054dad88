"""Matplotlib figures as SVG elements for a page, in its colours and fonts.

Colours are drawn as the tokens below and written as CSS variables, with the light colour as the
fallback. So one figure serves a light page, a dark page and a file of its own. Ids get a prefix, so
those of two figures never clash. The same figure gives the same bytes: there is no date in it, the
salt of its ids is fixed, and the layout is made with a font that Matplotlib brings along.
"""

import io
import re
from html import escape
from typing import Any, Protocol

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#1b2530"
MUTED = "#5c6875"
RULE = "#d5dbe1"
MAIN = "#0c6a75"
ALL_DATA = "#b4480f"
HEALTHY = "#35689f"
SICK = "#c0431f"
SERIES = ("#4477aa", "#228833", "#aa3377", "#8a7a1c", "#1f8fb3", "#7a5bb8", "#8c564b")

TOKENS = {
    "ink": INK,
    "muted": MUTED,
    "rule": RULE,
    "main": MAIN,
    "all-data": ALL_DATA,
    "healthy": HEALTHY,
    "sick": SICK,
    **{f"series-{number}": colour for number, colour in enumerate(SERIES)},
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "mammo",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "figure.constrained_layout.use": True,
}


class Display(Protocol):
    """Numbers that were computed and are held, and know how to draw themselves."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in inches; a page scales them."""

    def draw(self, axes: Axes) -> None:
        """Draws on one set of axes."""

    def alt_text(self) -> str:
        """The figure in words, for those who cannot see it."""


def to_svg(display: Display, name: str, note: str = "") -> str:
    """The display as an <svg> element.

    Args:
        display: what is drawn.
        name: letters, digits and hyphens; the prefix of each id in the element.
        note: a line above the figure, also said in its words: what its numbers are of.

    Examples:
        >>> from jobs.evaluation import Interval
        >>> from jobs.plots import CalibrationDisplay, to_svg
        >>> from jobs.plots.calibration import CalibrationBin
        >>> interval = Interval(low=0.05, high=0.25, skipped=0)
        >>> display = CalibrationDisplay((CalibrationBin(0.2, 0.1, 40, 4, interval),))
        >>> print(to_svg(display, "calibration").partition(" against")[0])
        <svg role="img" aria-label="Mean probability
    """
    text = io.StringIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # regardless of a user's matplotlibrc
        matplotlib.rcParams.update(_STYLE)
        canvas = Figure(figsize=display.size)
        canvas.patch.set_visible(False)
        axes = canvas.subplots()
        axes.patch.set_visible(False)
        display.draw(axes)
        if note:
            canvas.suptitle(note, color=MUTED, fontsize=_STYLE["legend.fontsize"])
        canvas.savefig(text, format="svg", metadata={"Date": None})
    words = f"{note}: {display.alt_text()}" if note else display.alt_text()
    return _for_a_page(text.getvalue(), name, words)


def _for_a_page(drawn: str, name: str, label: str) -> str:
    element = drawn[drawn.index("<svg") :]
    # Its style would apply to the whole page.
    element = re.sub(r"\s*<metadata>.*?</metadata>|<style.*?</style>", "", element, flags=re.S)
    element = re.sub(r'\bid="', f'id="{name}-', element)
    element = re.sub(r'(url\(|xlink:href=")#', rf"\1#{name}-", element)
    element = re.sub(r"font-family: [^;\"]+", "font-family: var(--sans, sans-serif)", element)
    for token, colour in TOKENS.items():
        element = element.replace(f": {colour}", f": var(--{token}, {colour})")
    head = (
        f'<svg role="img" aria-label="{escape(label)}" '
        'style="stroke-linejoin: round; stroke-linecap: butt"'
    )
    return element.replace("<svg", head, 1)
