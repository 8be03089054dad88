"""The images that were most wrong, out of fold: those of the test set stay unseen."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.config.names import LAST, VALIDATION
from jobs.evaluation.predictions import Prediction, select


@dataclass(frozen=True)
class Wrong:
    """An image, and the share of the other class in its fold that the model put beyond it.

    For a healthy image: of the sick ones with a lower probability; for a sick one: of the healthy
    ones with a higher one. It compares within a fold, as each fold's model has its own scale.
    """

    prediction: Prediction
    beyond: float


def most_wrong(rows: Sequence[Prediction], number: int) -> tuple[list[Wrong], list[Wrong]]:
    """The healthy images with the highest probabilities and the sick with the lowest.

    Args:
        rows: predictions of all models.
        number: at most how many of each.
    """
    held_out = select(rows, weights=LAST, split=VALIDATION)
    rising = sorted(held_out, key=lambda row: (row.probability, row.image_id))
    healthy = [row for row in reversed(rising) if not row.sick][:number]
    sick = [row for row in rising if row.sick][:number]
    return [_wrong(row, held_out) for row in healthy], [_wrong(row, held_out) for row in sick]


def _wrong(row: Prediction, held_out: Sequence[Prediction]) -> Wrong:
    others = [other for other in held_out if other.model == row.model and other.sick != row.sick]
    beyond = sum((other.probability > row.probability) == row.sick for other in others)
    return Wrong(row, beyond / len(others))
