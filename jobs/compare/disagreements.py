"""Where two runs disagree, out of fold: how often one is right where the other is not, and where.

Test images are left out, to stay unseen.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from jobs.common.types import Floats
from jobs.compare.pairing import pair_rows
from jobs.compare.scored_run import ScoredRun
from jobs.config.names import LAST, VALIDATION
from jobs.evaluation.predictions import Prediction, select
from jobs.evaluation.rows import OUT_OF_FOLD, levels_in


@dataclass(frozen=True)
class PairedImage:
    """An image that two runs scored out of fold; each pair is of the first run and the second.

    Attributes:
        row: the first run's prediction, for what is known of the image.
        probability: in its run's scale.
        rank: the share of the fold's images that are below it, from 0 to 1.
        called_sick: at the threshold that the other folds of its run chose.
    """

    row: Prediction
    probability: tuple[float, float]
    rank: tuple[float, float]
    called_sick: tuple[bool, bool]

    @property
    def right(self) -> tuple[bool, bool]:
        """Whether each run calls it rightly."""
        first, second = (called == self.row.sick for called in self.called_sick)
        return first, second

    @property
    def distance(self) -> float:
        """How much further up the second run ranks it: from -1 to 1."""
        return self.rank[1] - self.rank[0]


def pair_images(first: ScoredRun, second: ScoredRun) -> list[PairedImage]:
    """The images that both runs scored out of fold, those first that they rank most differently."""
    paired = pair_rows(
        *(select(run.rows, weights=LAST, split=VALIDATION) for run in (first, second))
    )
    ranks = zip(_ranks(paired.first), _ranks(paired.second), strict=True)
    called = zip(_called(paired.first, first), _called(paired.second, second), strict=True)
    images = [
        PairedImage(one, (one.probability, other.probability), rank, calls)
        for one, other, rank, calls in zip(paired.first, paired.second, ranks, called, strict=True)
    ]
    return sorted(images, key=lambda image: (-abs(image.distance), image.row.image_id))


def count_agreement(images: Sequence[PairedImage]) -> dict[str, dict[str, int]]:
    """How many sick and healthy images both runs call rightly, only one of them, or neither."""
    names = {
        (True, True): "both_right",
        (True, False): "only_first_right",
        (False, True): "only_second_right",
        (False, False): "both_wrong",
    }
    return {
        truth: {
            name: sum(each.right == right for each in images if each.row.sick == sick)
            for right, name in names.items()
        }
        for truth, sick in (("sick", True), ("healthy", False))
    }


def to_csv(images: Sequence[PairedImage]) -> bytes:
    """A row for each image: UTF-8, LF."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _plain_columns(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(plain_image(each) for each in images)
    return text.getvalue().encode()


def plain_image(image: PairedImage) -> dict[str, Any]:
    """As comparison.json and disagreements.csv hold it."""
    row = image.row
    known = {"image_id": row.image_id, "side": row.side, "view": row.view, "birads": row.birads}
    return {
        **known,
        "sick": int(row.sick),
        "probability": image.probability[0],
        "other_probability": image.probability[1],
        "rank": round(image.rank[0], 6),
        "other_rank": round(image.rank[1], 6),
        "called_sick": int(image.called_sick[0]),
        "other_called_sick": int(image.called_sick[1]),
    }


def _plain_columns() -> list[str]:
    row = Prediction("all", LAST, VALIDATION, "", "", "", "", "", None, False, 0.0)
    return list(plain_image(PairedImage(row, (0, 0), (0, 0), (False, False))))


def _ranks(rows: Sequence[Prediction]) -> list[float]:
    """Each image's rank among those of its fold: models have scales of their own."""
    models = np.array([row.model for row in rows])
    scores = np.array([row.probability for row in rows])
    ranks: Floats = np.zeros(len(rows))
    for model in np.unique(models):
        inside = models == model
        ranks[inside] = (rankdata(scores[inside]) - 0.5) / inside.sum()
    return ranks.tolist()


def _called(rows: Sequence[Prediction], run: ScoredRun) -> list[bool]:
    folds: Mapping[str, Any] = levels_in(run.metrics, run.context)["image"][OUT_OF_FOLD]
    return [row.probability >= folds[row.model]["threshold"]["value"] for row in rows]
