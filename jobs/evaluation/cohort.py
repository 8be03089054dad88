"""The data table: how many of what are in each split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.predictions import Prediction, select

_Rows = Sequence[Prediction]


@dataclass(frozen=True)
class Group:
    """Rows of the table that belong together: (name, a count for each column)."""

    title: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Counts:
    """Columns are the folds, the test set, and all together."""

    columns: tuple[str, ...]
    groups: tuple[Group, ...]

    def of(self, title: str, name: str) -> tuple[int, ...]:
        """One row of one group."""
        (group,) = (group for group in self.groups if group.title == title)
        return dict(group.rows)[name]


def count_images(rows: _Rows, models: Sequence[str]) -> Counts:
    """Counts each image once, in the split that it belongs to.

    Args:
        rows: predictions of all models, checked.
        models: fold0, fold1, ..., all.
    """
    parts = {
        fold: select(rows, weights=LAST, split=VALIDATION, model=fold)
        for fold in models
        if fold != ALL
    }
    parts[TEST] = select(rows, weights=LAST, split=TEST, model=ALL)
    columns = [*parts.values(), [row for part in parts.values() for row in part]]

    def group(title: str, ways: dict[str, Callable[[_Rows], int]]) -> Group:
        counted = ((name, tuple(map(way, columns))) for name, way in ways.items())
        return Group(title, tuple(counted))

    def valued(title: str, field: str, names: dict[object, str] | None = None) -> Group:
        found = {getattr(row, field) for row in columns[-1]}
        values = sorted(found, key=lambda value: (value is None, value))
        named = {(names or {}).get(value, str(value)): _having(field, value) for value in values}
        return group(title, named)

    return Counts(
        (*(fold.replace("fold", "fold ") for fold in parts), "all"),
        (
            group("Patients", {"all": _patients, "sick": lambda part: _patients(_sick(part))}),
            group("Breasts", {"all": _breasts, "sick": lambda part: _breasts(_sick(part))}),
            group("Images", {"all": len, "sick": lambda part: len(_sick(part))}),
            valued("BI-RADS", "birads"),
            valued("View", "view"),
            valued("Density", "density", {None: "unknown"}),
        ),
    )


def _having(field: str, value: object) -> Callable[[_Rows], int]:
    return lambda part: sum(getattr(row, field) == value for row in part)


def _sick(part: _Rows) -> _Rows:
    return [row for row in part if row.sick]


def _patients(part: _Rows) -> int:
    return len({row.patient for row in part})


def _breasts(part: _Rows) -> int:
    return len({(row.patient, row.side) for row in part})
