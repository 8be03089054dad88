"""metrics.json -> a small table for the terminal, as `mammo study` ends with."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jobs.evaluation.cautions import INFLATED
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.rows import CONTEXTS, OUT_OF_FOLD, SUMMARY_ROWS, levels_in, list_contexts

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_NARROWEST = 80


def auc_table(metrics: Mapping[str, Any]) -> "RenderableType":
    """The AUC of the out-of-fold and the test predictions, with intervals, a column a level.

    Where there are several contexts, each has its own rows, below its name.

    Args:
        metrics: the content of `runs/<run>/evaluation/metrics.json`.
    """
    from rich.table import Table

    contexts = list_contexts(metrics)
    confidence = metrics["bootstrap"]["confidence"]
    table = Table.grid(padding=(0, 1))
    table.add_row(f"AUC ({100 * confidence:g} % interval)", *LEVELS, style="bold")
    for context in contexts:
        levels = levels_in(metrics, context)
        if len(contexts) > 1:
            table.add_row(CONTEXTS[context], style="bold")
        for row in SUMMARY_ROWS:
            figures = (levels[level][row.part][row.name]["figures"] for level in LEVELS)
            inflated = inflation(metrics) and row.part == OUT_OF_FOLD
            title = f"{row.short_title} (INFLATED)" if inflated else row.short_title
            table.add_row(title, *(_auc_text(found["auc"]) for found in figures))
    return table


def inflation(metrics: Mapping[str, Any]) -> str:
    """What must be said beside the table where views were split, not patients; else ""."""
    found = (each["measured"]["text"] for each in metrics["cautions"] if each["name"] == INFLATED)
    return next(found, "")


def _auc_text(figure: Mapping[str, Any]) -> str:
    """The area with its interval, or with the reason why there is none."""
    interval = figure["reason"] or f"({figure['low']:.3f}-{figure['high']:.3f})"
    return f"{figure['value']:.3f} {interval}"


def results_console() -> "Console":
    """stdout, wide enough for the table: a narrower terminal wraps its lines, and cuts none."""
    from rich.console import Console

    return Console(width=max(_NARROWEST, Console().width), highlight=False, markup=False)
