"""A trained run's scores of new images: the models that its folds were trained with, together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.artifacts.run import Run
from jobs.calcifications.branch import load_branch
from jobs.common.types import Array, Floats
from jobs.config.names import ALL
from jobs.config.sections import Layer
from jobs.evaluation.levels import LEVELS
from jobs.model.location_maps import LocationMap
from jobs.model.model_group import load_group
from jobs.model.shapes import layer_grid
from jobs.model.trained import sigmoid
from jobs.predict.calibration import Calibration, Score, ScoredImage, join_models
from jobs.predict.views import UntouchedView, UntouchedViews

_IMAGE, _BREAST, _PATIENT = LEVELS


@dataclass(frozen=True)
class RawScores:
    """What the models say of one image by itself.

    Attributes:
        probabilities: (models,)
        calcifications: the branches' logits, (models,); None without them.
        location_map: of a local head, the models' mean, if it was asked for.
        window: the pixel values that its view shows black and white.
    """

    probabilities: Floats
    calcifications: Sequence[float] | None = None
    location_map: LocationMap | None = None
    window: tuple[float, float] = (0.0, 1.0)


def fold_models(run: Run) -> tuple[str, ...]:
    """The models that are used together: those of the folds."""
    return tuple(model for model in run.study.models() if model != ALL)


class Scorer:
    """Scores images by models of a run."""

    def __init__(self, run: Run, models: Sequence[str], with_maps: bool = False) -> None:
        """Loads the models; errors as those of `load_group`.

        `with_maps` has location maps made, where the head is local.
        """
        self.models = tuple(models)
        self._study = run.study
        self._group = load_group(run, self.models)
        self._branches = [load_branch(run, model) for model in self.models]
        self._views = UntouchedViews(run.study, self._group.gpu)
        self._with_maps = with_maps and self._group.is_local

    def score(self, pixels: Array) -> RawScores:
        """The scores of an image: (H, W) uint16, larger is brighter."""
        view = self._views.make(pixels)
        breast = view.places(self._study) if self._group.is_local else None
        features = self._group.features(view.tensor)
        logits = self._group.logits_of_features(features, breast)[:, 0]
        branches = [branch.logit(pixels) for branch in self._branches if branch]
        location_map = None
        if self._with_maps and breast is not None:
            places = self._group.place_logits(features, breast)
            location_map = _locate(places, breast[0], view, self._study.model.layer)
        return RawScores(sigmoid(logits), branches or None, location_map, view.image.window)


def _locate(logits: Array, breast: Array, view: UntouchedView, layer: Layer) -> LocationMap:
    grid = layer_grid(view.geometry.size, layer)
    places = np.argwhere(breast)[:, ::-1].astype(np.float64)
    centres = view.geometry.to_image(grid.offset + grid.stride * places)
    spacing = grid.stride / view.geometry.zoom
    return LocationMap(logits, centres.astype(np.float32), (spacing, spacing))


@dataclass(frozen=True)
class ExamScores:
    """The scores of one exam.

    Attributes:
        images: of each image, by its id.
        breasts: of each breast, by its side.
        exam: of the whole.
    """

    images: dict[str, Score]
    breasts: dict[str, Score]
    exam: Score


def score_exam(
    exam_id: str,
    images: Sequence[tuple[str, str, RawScores]],
    models: Sequence[str],
    calibration: Calibration,
) -> ExamScores:
    """The calibrated scores of an exam's images, of its breasts and of itself.

    A breast's probability is the mean of its images', an exam's the larger of its breasts', by
    each model, as in `jobs.evaluation.levels`.

    Args:
        exam_id: the exam's.
        images: image id, side, and the models' scores.
        models: their names, in the order of the scores.
        calibration: the run's.
    """
    by_image: dict[str, list[float]] = {image_id: [] for image_id, _, _ in images}
    by_side: dict[str, list[float]] = {side: [] for _, side, _ in images}
    largest = []
    for index, model in enumerate(models):
        scored = calibration.calibrate(model, _of_model(exam_id, images, index))
        sides: dict[str, list[float]] = {}
        for image in scored:
            by_image[image.image_id].append(image.probability)
            sides.setdefault(image.side, []).append(image.probability)
        means = {side: float(np.mean(values)) for side, values in sides.items()}
        for side, mean in means.items():
            by_side[side].append(mean)
        largest.append(max(means.values()))

    def join(values: Sequence[float], level: str) -> Score:
        thresholds = [calibration.thresholds[level][model] for model in models]
        return join_models(np.array(values), np.array(thresholds))

    return ExamScores(
        {image_id: join(values, _IMAGE) for image_id, values in by_image.items()},
        {side: join(values, _BREAST) for side, values in by_side.items()},
        join(largest, _PATIENT),
    )


def _of_model(
    exam_id: str, images: Sequence[tuple[str, str, RawScores]], index: int
) -> list[ScoredImage]:
    return [
        ScoredImage(
            image_id,
            exam_id,
            side,
            float(raw.probabilities[index]),
            raw.calcifications[index] if raw.calcifications else None,
        )
        for image_id, side, raw in images
    ]
