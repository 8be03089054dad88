"""How many patients, breasts and images of which kind are in each split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs.config.names import ALL, LAST, TEST, VALIDATION, spoken
from jobs.evaluation.predictions import Prediction, select

_Rows = Sequence[Prediction]


@dataclass(frozen=True)
class Group:
    """Rows of the table that belong together: (name, a count for each column)."""

    title: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]


@dataclass(frozen=True)
class Counts:
    """A table of counts. Its columns are the folds, the test set, and all together."""

    columns: tuple[str, ...]
    groups: tuple[Group, ...]

    def row(self, title: str, name: str) -> tuple[int, ...]:
        """One row of one group."""
        (group,) = (group for group in self.groups if group.title == title)
        return dict(group.rows)[name]


def count_images(rows: _Rows, models: Sequence[str]) -> Counts:
    """Counts each image once, in the split that it belongs to.

    Args:
        rows: the predictions of all models, as `check_predictions` accepts them.
        models: fold0, fold1, ..., all.

    Examples:
        >>> from jobs.evaluation import Prediction, count_images
        >>> def predict(model, split, image, birads):
        ...     return Prediction(
        ...         *(model, "last", split, str(image), f"{image:016x}", "L", "CC"),
        ...         *(birads, 3, birads > "3", 0.5),
        ...     )
        >>> rows = [
        ...     predict("fold0", "validation", 1, "2"),
        ...     predict("fold1", "validation", 2, "5"),
        ...     predict("all", "test", 3, "4a"),
        ... ]
        >>> counts = count_images(rows, ["fold0", "fold1", "all"])
        >>> counts.columns
        ('fold 0', 'fold 1', 'test', 'all')
        >>> counts.row("Images", "sick")
        (0, 1, 1, 2)
    """
    parts = {
        spoken(fold): select(rows, weights=LAST, split=VALIDATION, model=fold)
        for fold in models
        if fold != ALL
    }
    parts[TEST] = select(rows, weights=LAST, split=TEST, model=ALL)
    everything = [row for part in parts.values() for row in part]
    columns = [*parts.values(), everything]

    def group(title: str, counters: dict[str, Callable[[_Rows], int]]) -> Group:
        counted = ((name, tuple(map(count, columns))) for name, count in counters.items())
        return Group(title, tuple(counted))

    def group_by(field: str, title: str, names: dict[object, str] | None = None) -> Group:
        found = {getattr(row, field) for row in everything}
        values = sorted(found, key=lambda value: (value is None, value))
        texts = {value: (names or {}).get(value, str(value)) for value in values}
        return group(title, {text: _counter(field, value) for value, text in texts.items()})

    return Counts(
        (*parts, "all"),
        (
            group("Patients", {"all": _patients, "sick": lambda part: _patients(_sick(part))}),
            group("Breasts", {"all": _breasts, "sick": lambda part: _breasts(_sick(part))}),
            group("Images", {"all": len, "sick": lambda part: len(_sick(part))}),
            group_by("birads", "BI-RADS"),
            group_by("view", "Projection"),
            group_by("density", "Density", {None: "unknown"}),
        ),
    )


def _counter(field: str, value: object) -> Callable[[_Rows], int]:
    return lambda part: sum(getattr(row, field) == value for row in part)


def _sick(part: _Rows) -> _Rows:
    return [row for row in part if row.sick]


def _patients(part: _Rows) -> int:
    return len({row.patient for row in part})


def _breasts(part: _Rows) -> int:
    return len({(row.patient, row.side) for row in part})
