"""The cases that two runs both scored, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.common.errors import DataError
from jobs.config.names import ALL, LAST, TEST, VALIDATION
from jobs.evaluation.levels import Cases, at_level
from jobs.evaluation.predictions import Prediction, select, weights_on_test
from jobs.evaluation.rows import MEAN, OUT_OF_FOLD, SummaryRow

Rows = Sequence[Prediction]


@dataclass(frozen=True)
class PairedRows:
    """One prediction of each image by either run, in the order of the images' ids."""

    first: tuple[Prediction, ...]
    second: tuple[Prediction, ...]

    def at_level(self, level: str) -> "PairedCases":
        """The same as cases of a level, whose order is that of both."""
        return PairedCases(at_level(self.first, level), at_level(self.second, level))


@dataclass(frozen=True)
class PairedCases:
    """N cases with the probabilities of both runs: case n of one is case n of the other."""

    first: Cases
    second: Cases

    @property
    def has_both_classes(self) -> bool:
        """Whether sick and healthy cases are among them."""
        return len(set(self.first.sick.tolist())) == 2


def pair_rows(first: Rows, second: Rows) -> PairedRows:
    """The predictions of the images that both have.

    Args:
        first, second: at most one prediction of each image.

    Raises:
        DataError: an image has another label or patient in the other run: no difference between
            such runs would mean anything.
    """
    others = {row.image_id: row for row in second}
    common = sorted((row for row in first if row.image_id in others), key=lambda row: row.image_id)
    paired = PairedRows(tuple(common), tuple(others[row.image_id] for row in common))
    for one, other in zip(paired.first, paired.second, strict=True):
        if one.sick != other.sick:
            raise DataError(
                f"image {one.image_id} is {_label(one)} in one run and {_label(other)} in the "
                "other: only runs with the same labels can be compared; look at data.sick of both"
            )
        if one.patient != other.patient:
            raise DataError(
                f"image {one.image_id} is of another patient in the other run: these are runs on "
                "other releases, which cannot be compared"
            )
    return paired


def pair_summary(first: Rows, second: Rows, row: SummaryRow) -> list[PairedRows]:
    """What a row of the table of areas is computed from: a part for each model that it averages.

    Args:
        first, second: the predictions of all models of two runs.

    Returns:
        Nothing where the row has no meaning for the two: without an image that both have, or for
        means over folds that are not the same.
    """
    if row.part == OUT_OF_FOLD:
        whole = pair_rows(
            *(select(each, weights=LAST, split=VALIDATION) for each in (first, second))
        )
        parts = _by_fold(whole) if row.name == MEAN else [whole]
    else:
        parts = [
            pair_rows(
                *(
                    select(each, model=model, weights=weights_on_test(model), split=TEST)
                    for each in (first, second)
                )
            )
            for model in _models(first, second, row)
        ]
    return parts if parts and all(part.first for part in parts) else []


def _by_fold(whole: PairedRows) -> list[PairedRows]:
    folds = sorted({row.model for row in whole.first})
    pairs = [*zip(whole.first, whole.second, strict=True)]
    if any(one.model != other.model for one, other in pairs):
        return []
    return [
        PairedRows(*zip(*(pair for pair in pairs if pair[0].model == fold), strict=True))
        for fold in folds
    ]


def _models(first: Rows, second: Rows, row: SummaryRow) -> list[str]:
    """The models of a row of the test set: the same ones in both runs, or none."""
    if row.name == ALL:
        return [ALL]
    of_first, of_second = ({each.model for each in rows} - {ALL} for rows in (first, second))
    return sorted(of_first) if of_first == of_second else []


def _label(row: Prediction) -> str:
    return "sick" if row.sick else "healthy"
