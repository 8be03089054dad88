"""recalibration.html: what probabilities are worth at a site, before and after, as a page."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from jobs.evaluation.operating_points import FIXED
from jobs.plots.calibration import CalibrationDisplay
from jobs.plots.decision_curve import DecisionCurveDisplay
from jobs.plots.svg import Display, to_svg
from jobs.report.render import render

TITLES = {
    "auc": "AUC",
    "brier": "Brier score",
    "calibration_intercept": "calibration intercept",
    "calibration_slope": "calibration slope",
}
"""The rows of the table of figures before and after."""


def render_page(found: Mapping[str, Any]) -> str:
    """The page of what calibration.json holds."""
    figures = {level: _figures(level, each) for level, each in found["levels"].items()}
    context = {
        **found,
        "titles": TITLES,
        "figures": figures,
        "fixed": [round(100 * share) for share in FIXED],
    }
    return render(context, "recalibration.html.j2")


def _figures(level: str, found: Mapping[str, Any]) -> dict[str, Markup]:
    before, after = found["before"], found["after"]
    curves = {"after": after["decision_curve"], "before": before["decision_curve"]}
    displays: dict[str, Display] = {
        "before": CalibrationDisplay.from_metrics(before["calibration"]),
        "after": CalibrationDisplay.from_metrics(after["calibration"]),
        "decision": DecisionCurveDisplay.from_metrics(curves),
    }
    return {name: Markup(to_svg(display, f"{name}-{level}")) for name, display in displays.items()}
