"""The images that models rank worst, out of fold; test images are left out, to stay unseen."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.config.names import LAST, VALIDATION
from jobs.evaluation.predictions import Prediction, select


@dataclass(frozen=True)
class HardImage:
    """An image, and how badly its fold's model ranks it.

    Attributes:
        prediction: the model's, out of fold.
        misranked: the share of the fold's images of the other class that are on the wrong side of
            it. For a healthy image, the sick images with lower probabilities; for a sick image, the
            healthy ones with higher. Only images of one fold are compared, as each fold's model
            has a scale of its own.
    """

    prediction: Prediction
    misranked: float


def find_hardest(
    rows: Sequence[Prediction], number: int
) -> tuple[list[HardImage], list[HardImage]]:
    """The healthy images with the highest probabilities, and the sick ones with the lowest.

    Args:
        rows: the predictions of all models.
        number: at most how many of each class.

    Examples:
        >>> from jobs.evaluation import Prediction, find_hardest
        >>> scores = {"1": (False, 0.1), "2": (False, 0.7), "3": (True, 0.6), "4": (True, 0.9)}
        >>> rows = [
        ...     Prediction(
        ...         *("fold0", "last", "validation", image, f"{int(image):016x}", "L", "CC"),
        ...         *("5" if sick else "2", 3, sick, score),
        ...     )
        ...     for image, (sick, score) in scores.items()
        ... ]
        >>> (healthy,), (sick,) = find_hardest(rows, number=1)
        >>> healthy.prediction.image_id, healthy.misranked
        ('2', 0.5)
        >>> sick.prediction.image_id, sick.misranked
        ('3', 0.5)
    """
    held_out = select(rows, weights=LAST, split=VALIDATION)
    rising = sorted(held_out, key=lambda row: (row.probability, row.image_id))
    healthy = [row for row in reversed(rising) if not row.sick][:number]
    sick = [row for row in rising if row.sick][:number]
    return [_rank(row, held_out) for row in healthy], [_rank(row, held_out) for row in sick]


def _rank(row: Prediction, held_out: Sequence[Prediction]) -> HardImage:
    others = [other for other in held_out if other.model == row.model and other.sick != row.sick]
    wrong = sum((other.probability > row.probability) == row.sick for other in others)
    return HardImage(row, wrong / len(others))
