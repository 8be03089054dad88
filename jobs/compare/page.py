"""comparison.html: the comparison as a page that opens offline."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from jobs.compare.disagreements import PairedImage
from jobs.compare.text import find_row
from jobs.evaluation.bootstrap import Interval
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.rows import CONTEXTS, SUMMARY_ROWS
from jobs.plots.agreement import AgreementDisplay
from jobs.plots.differences import DifferenceRow, DifferencesDisplay
from jobs.plots.svg import to_svg
from jobs.report.render import render

OTHER_METRICS = {
    "average_precision": "average precision",
    "brier": "Brier score",
    "sensitivity_at_90": "sensitivity at a specificity of 0.90",
    "specificity_at_90": "specificity at a sensitivity of 0.90",
}
"""What runs are compared in beside the area, with its title."""


def render_page(comparison: Mapping[str, Any], images: Sequence[Sequence[PairedImage]]) -> str:
    """The page.

    Args:
        comparison: as comparison.json holds it.
        images: of each of its pairs, all images that both runs scored out of fold.
    """
    pairs = [
        _pair(pair, paired, number)
        for number, (pair, paired) in enumerate(zip(comparison["pairs"], images, strict=True))
    ]
    context = {
        "runs": comparison["runs"],
        "contexts": CONTEXTS,
        "bootstrap": comparison["bootstrap"],
        "levels": LEVELS,
        "pairs": pairs,
        "other_metrics": OTHER_METRICS,
        "differences": Markup(to_svg(_differences(comparison), "differences")),
    }
    return render(context, "comparison.html.j2")


def _pair(pair: Mapping[str, Any], images: Sequence[PairedImage], number: int) -> dict[str, Any]:
    ranks = np.array([each.rank for each in images], float).reshape(-1, 2)
    sick = np.array([each.row.sick for each in images], bool)
    display = AgreementDisplay(pair["against"], pair["run"], ranks, sick)
    areas = [
        (row.title, [find_row(pair, row, level, "auc") for level in LEVELS]) for row in SUMMARY_ROWS
    ]
    others = [
        (title, [find_row(pair, SUMMARY_ROWS[0], level, metric) for level in LEVELS])
        for metric, title in OTHER_METRICS.items()
    ]
    return {
        **pair,
        "areas": [each for each in areas if any(each[1])],
        "others": [each for each in others if any(each[1])],
        "others_of": SUMMARY_ROWS[0].title,
        "agreement_figure": Markup(to_svg(display, f"agreement-{number}")),
        "correlation": display.correlation,
    }


def _differences(comparison: Mapping[str, Any]) -> DifferencesDisplay:
    """The differences in area, a group for each row of the table and level."""
    groups = []
    for row in SUMMARY_ROWS:
        for level in LEVELS[:2]:
            found = (
                (pair["run"], find_row(pair, row, level, "auc")) for pair in comparison["pairs"]
            )
            rows = [
                DifferenceRow(
                    name,
                    entry["difference"]["value"],
                    Interval.from_metrics(entry["difference"]),
                    f"p {entry['p_adjusted']:.2g}",
                )
                for name, entry in found
                if entry
            ]
            if rows:
                groups.append((f"{row.title}, per {level}", rows))
    return DifferencesDisplay(groups)
