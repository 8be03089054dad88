"""The names that a study's models, weights and splits have in files, on command lines and on paper.

TEST and `fold_name` are the dataset's own, as its splits are called.
"""

from mammo_tfds.release.splits import TEST, fold_name

__all__ = ["ALL", "BEST", "LAST", "TEST", "VALIDATION", "fold_name", "fold_number", "spoken"]

ALL = "all"
"""The model that is trained on all folds."""

BEST = "best"
"""A model's weights after the first epoch with the largest validation AUC."""

LAST = "last"
"""A model's weights after the last epoch."""

VALIDATION = "validation"
"""The split that a fold's model is validated on: what the images of that fold are to it."""


def fold_number(model: str) -> int:
    """The number of a fold's model, from 0.

    Raises:
        ValueError: `model` is not the name of a fold's model.

    Examples:
        >>> fold_number("fold3")
        3
    """
    digits = model.removeprefix("fold")
    if not digits.isdecimal() or model != fold_name(int(digits)):
        raise ValueError(f"must be fold0, fold1, ...; got {model!r}")
    return int(digits)


def spoken(model: str) -> str:
    """A model's name as a reader says it.

    Examples:
        >>> spoken("fold0"), spoken("all")
        ('fold 0', 'all-data')
    """
    return "all-data" if model == ALL else model.replace("fold", "fold ")
