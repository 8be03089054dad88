"""Checks across models: whether their predictions belong to one study."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from jobs.common.errors import DataError
from jobs.config.names import ALL, BEST, LAST, TEST, VALIDATION
from jobs.evaluation.predictions import AGAIN, Prediction, select, weights_on_test


def check_predictions(rows: Sequence[Prediction], models: Sequence[str]) -> None:
    """Checks that the models' predictions belong to one study, which no file shows by itself.

    Args:
        rows: the predictions of all models.
        models: the study's models: fold0, fold1, ..., all.

    Raises:
        DataError: some predictions have a score of calcifications and some have none; two models
            describe an image differently; a patient is in two splits; a model's
            predictions are missing; models were tested on different images; a split has no sick or
            no healthy patients.

    Examples:
        >>> from jobs.evaluation import check_predictions
        >>> check_predictions([], ["fold0", "fold1", "all"])  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        jobs.common.errors.DataError: fold0's validation predictions with its last weights are ...
    """
    _check_calcifications(rows)
    _check_descriptions(rows)
    _check_patients(rows)
    tested: set[str] = set()
    for model in models:
        for weights, split in required_predictions(model):
            part = select(rows, weights=weights, split=split, model=model)
            _check_part(part, f"{model}'s {split} predictions with its {weights} weights")
            if split == TEST:
                images = {row.image_id for row in part}
                tested = tested or images
                if images != tested:
                    raise DataError(
                        f"{model} and {models[0]} were tested on different images; {AGAIN}"
                    )


def required_predictions(model: str) -> tuple[tuple[str, str], ...]:
    """The (weights, split) that figures are made from, and that a model must have predicted."""
    test = (weights_on_test(model), TEST)
    return (test,) if model == ALL else ((LAST, VALIDATION), (BEST, VALIDATION), test)


def _check_calcifications(rows: Sequence[Prediction]) -> None:
    blank = [row for row in rows if row.calcifications is None]
    if blank and len(blank) < len(rows):
        raise DataError(
            f"calcifications must be in all predictions or in none; {len(blank)} of {len(rows)} "
            f"are blank, the first is {blank[0].model}'s of image {blank[0].image_id}; {AGAIN}"
        )


def _check_descriptions(rows: Iterable[Prediction]) -> None:
    seen: dict[str, tuple[object, ...]] = {}
    for row in rows:
        facts = (row.patient, row.side, row.view, row.birads, row.density, row.sick)
        if seen.setdefault(row.image_id, facts) != facts:
            raise DataError(f"image {row.image_id}: two models describe it differently; {AGAIN}")


def _check_patients(rows: Iterable[Prediction]) -> None:
    """A patient is in the test set, or validates exactly one fold."""
    splits: defaultdict[str, set[str]] = defaultdict(set)
    images: dict[str, str] = {}
    for row in rows:
        splits[row.patient].add(row.dataset_split)
        images[row.patient] = row.image_id
    for patient, found in splits.items():
        if len(found) > 1:
            raise DataError(
                f"the patient of image {images[patient]} is in {' and '.join(sorted(found))}: "
                f"splits must not share patients; {AGAIN}"
            )


def _check_part(part: Sequence[Prediction], what: str) -> None:
    if not part:
        raise DataError(f"{what} are missing; {AGAIN}")
    everyone = {row.patient for row in part}
    sick = {row.patient for row in part if row.sick}
    for who, count in (("sick", len(sick)), ("healthy", len(everyone - sick))):
        if not count:
            raise DataError(
                f"{what} hold no {who} patient: no metric can be computed; "
                "set data.folds lower or data.test higher, and name a new --run"
            )
