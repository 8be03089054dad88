"""What a run's figures say of its models' scores: temperature, exam, thresholds."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit

from jobs.artifacts.layout import METRICS
from jobs.artifacts.run import Run
from jobs.common.types import Floats
from jobs.config.names import TEST
from jobs.evaluation.context_weights import ContextWeights, score_exams
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.logits import logits
from jobs.evaluation.rows import NONE, levels_in, list_contexts


@dataclass(frozen=True)
class ScoredImage:
    """An image with what one model says of it; see `jobs.evaluation.exam_terms.ScoredImage`.

    Attributes:
        image_id: the image's.
        patient: the exam's name: its images are one patient's.
        side: L or R; "" is a side of its own.
        probability: from 0 to 1.
        calcifications: the branch's logit; None without it.
    """

    image_id: str
    patient: str
    side: str
    probability: float
    calcifications: float | None = None


@dataclass(frozen=True)
class Calibration:
    """How scores of new images are made of the models' own, as for the test set's figures.

    Attributes:
        context: none, branch or exam: what an image's score is made from.
        temperatures: of each model, where they were fitted.
        weights: of the context; None where it is none.
        thresholds: of each level, each model's.
    """

    context: str
    temperatures: Mapping[str, float]
    weights: ContextWeights | None
    thresholds: Mapping[str, Mapping[str, float]]

    @classmethod
    def read(cls, metrics: Mapping[str, Any], models: Sequence[str]) -> "Calibration":
        """That of a metrics.json, for some of its models."""
        context = list_contexts(metrics)[0]
        levels = levels_in(metrics, context)
        temperatures = metrics.get("temperature", {}).get(TEST, {}) if context == NONE else {}
        weights = None
        if context != NONE:
            fitted = metrics[context]["weights"][TEST]
            weights = ContextWeights.from_plain(fitted["regressions"])
        thresholds = {
            level: {model: levels[level][TEST][model]["threshold"]["value"] for model in models}
            for level in LEVELS
        }
        return cls(context, temperatures, weights, thresholds)

    def calibrate(self, model: str, images: Sequence[ScoredImage]) -> list[ScoredImage]:
        """The images of one exam, with the probabilities that the run's figures are of."""
        if self.weights:
            scored = score_exams(images, self.weights)
            return [replace(image, probability=scored[image.image_id]) for image in images]
        value = self.temperatures.get(model, 1.0)
        if value == 1.0:
            return list(images)
        scaled = expit(logits(np.array([image.probability for image in images])) / value)
        return [
            replace(image, probability=float(each))
            for image, each in zip(images, scaled, strict=True)
        ]


@dataclass(frozen=True)
class Score:
    """What the models say together of an image, a breast or an exam.

    Attributes:
        probability: the models' mean, in logits.
        threshold: the mean of their thresholds, in logits.
        least, most: of the models' probabilities.
    """

    probability: float
    threshold: float
    least: float
    most: float

    @property
    def is_sick(self) -> bool:
        """Whether it is called sick: the models are above their thresholds, on average."""
        return self.probability >= self.threshold


def join_models(probabilities: Floats, thresholds: Floats) -> Score:
    """The score by some models' probabilities, (models,), and their thresholds.

    Each model has a scale of its own. So both are averaged over the same models, in logits: a
    model whose scores are shifted, and its threshold with them, moves nothing.

    Examples:
        >>> import numpy as np
        >>> join_models(np.array([0.5, 0.9]), np.array([0.4, 0.4])).is_sick
        True
    """
    mean, threshold = (float(expit(logits(each).mean())) for each in (probabilities, thresholds))
    return Score(mean, threshold, float(probabilities.min()), float(probabilities.max()))


def read_calibration(run: Run, models: Sequence[str]) -> Calibration:
    """The calibration of a run's models.

    Raises:
        MissingInputError: the run was not evaluated; names the command.
        DataError: its figures are damaged, or of other models.
    """
    run.require_evaluation(run.require_models())
    path = run.folder.evaluation.folder / METRICS
    return Calibration.read(json.loads(path.read_text(encoding="utf-8")), models)
