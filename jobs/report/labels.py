"""What "sick" and "healthy" mean in a study, in words: it follows from `data.sick`.

The meanings are those of the ACR BI-RADS Atlas, 5th edition (2013).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from jobs.report.text import listing

CATEGORIES = range(7)
SUSPICIOUS, PROVEN = (4, 5), 6
_MEANINGS = (
    (SUSPICIOUS, "a radiologist's suspicion of cancer"),
    ((PROVEN,), "cancer that a biopsy had proven"),
    ((3,), "a finding that is probably benign"),
    ((2,), "a benign finding"),
    ((1,), "no finding"),
    ((0,), "an assessment that was not complete"),
)


@dataclass(frozen=True)
class LabelText:
    """The labels in words.

    Attributes:
        sick: after "Sick means", without a full stop.
        healthy: a sentence on who counts as healthy besides those without suspicion; or "".
        limit: a sentence on what the label proves.
    """

    sick: str
    healthy: str
    limit: str


def describe_labels(sick: Collection[int]) -> LabelText:
    """The labels of a study whose `data.sick` is `sick`.

    Examples:
        >>> describe_labels([6]).sick
        'BI-RADS 6: cancer that a biopsy had proven'
        >>> describe_labels([4, 5]).sick
        "BI-RADS 4 or 5: a radiologist's suspicion of cancer"
        >>> describe_labels([5, 6]).healthy
        "BI-RADS 4, a radiologist's suspicion of cancer, counts as healthy."
    """
    healthy = [category for category in CATEGORIES if category not in sick]
    surprising = [category for category in healthy if category in (*SUSPICIOUS, PROVEN)]
    verb = "counts" if len(surprising) == 1 else "count"
    return LabelText(
        f"BI-RADS {_names(sorted(sick), 'or')}: {_meaning(sick)}",
        f"BI-RADS {_names(surprising)}, {_meaning(surprising)}, {verb} as healthy."
        if surprising
        else "",
        _limit(sick),
    )


def _meaning(categories: Collection[int]) -> str:
    """What the categories mean; where they mean several things, each with its own ones."""
    found = [
        ([one for one in group if one in categories], meaning)
        for group, meaning in _MEANINGS
        if any(one in categories for one in group)
    ]
    if len(found) == 1:
        return found[0][1]
    return listing([f"{meaning} ({_names(group)})" for group, meaning in found], "or")


def _limit(sick: Collection[int]) -> str:
    if set(sick) == {PROVEN}:
        return (
            "Sick is what a biopsy had proven before the images were read. A cancer that was "
            "proven later has the category that it was given then, and may count as healthy."
        )
    proven = "Only BI-RADS 6 was proven by a biopsy. " if PROVEN in sick else ""
    return (
        f"The label is a radiologist's category, not the result of a biopsy. {proven}"
        "A correct prediction agrees with that radiologist."
    )


def _names(categories: Sequence[int], last: str = "and") -> str:
    return listing([str(category) for category in categories], last)
