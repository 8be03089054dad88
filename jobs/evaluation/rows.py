"""The rows of every table and plot of areas: which entries of metrics.json, in which order.

The report's page, the forest plot and the terminal all take their rows from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.config.names import ALL, TEST

NONE, BRANCH, EXAM = "none", "branch", "exam"

CONTEXTS = {
    NONE: "each image alone",
    BRANCH: "with calcifications",
    EXAM: "with the exam",
}
"""What a score is made from, with its words beside a figure."""

OUT_OF_FOLD = "out_of_fold"
MEAN, POOLED = "mean", "pooled"

PARTS = {OUT_OF_FOLD: "Out of fold", TEST: "Test set"}
"""The two parts of a level in metrics.json, with their titles."""

SUMMARIES = {MEAN: "mean of folds", POOLED: "pooled", ALL: "all-data model"}
"""The entries of a part that are not a fold model's, with their titles."""


@dataclass(frozen=True)
class SummaryRow:
    """A row that sums up many models: the entry `levels[level][part][name]` of metrics.json.

    Attributes:
        part: a key of PARTS.
        name: a key of SUMMARIES.
        short_title: for a narrow table.
    """

    part: str
    name: str
    short_title: str

    @property
    def title(self) -> str:
        """The row in words: Out of fold, mean of folds."""
        return f"{PARTS[self.part]}, {SUMMARIES[self.name]}"


SUMMARY_ROWS = (
    SummaryRow(OUT_OF_FOLD, MEAN, "out-of-fold, mean"),
    SummaryRow(OUT_OF_FOLD, POOLED, "out-of-fold, pooled"),
    SummaryRow(TEST, MEAN, "test, mean of folds"),
    SummaryRow(TEST, ALL, "test, all data"),
)


def list_contexts(metrics: Mapping[str, Any]) -> list[str]:
    """The contexts that metrics.json has, the one that its figures are of first, `none` last.

    Examples:
        >>> from jobs.evaluation.rows import list_contexts
        >>> list_contexts({"levels": {}, "exam": {"levels": {}}})
        ['exam', 'none']
    """
    return [*(each for each in (EXAM, BRANCH) if each in metrics), NONE]


def levels_in(metrics: Mapping[str, Any], context: str) -> Any:
    """The levels of a context in metrics.json."""
    return metrics["levels"] if context == NONE else metrics[context]["levels"]
