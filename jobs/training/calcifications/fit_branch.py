"""Trains one model's branch, part by part: each finished part survives a stop."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import CALCIFICATIONS
from jobs.calcifications.branch import (
    CalcificationBranch,
    branch_content,
    measure_image,
    read_branch,
)
from jobs.calcifications.detector import Detector
from jobs.calcifications.store import StoredCandidates
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import ConfigError
from jobs.common.keyed_rng import rng
from jobs.common.progress import Watch
from jobs.common.types import Array, Floats
from jobs.config.study import Study
from jobs.data.dataset import Contour, Dataset, Image
from jobs.data.training_set import TrainingSet
from jobs.training.calcifications.examples import Examples
from jobs.training.calcifications.fit_detector import ROUNDS, fit_detector
from jobs.training.calcifications.halves import HALVES, halve, training_contours
from jobs.training.calcifications.labels import NO, YES, label_candidates

_LEAST_SCALE = 1e-9  # a measure that deviates less is the same for all images


@dataclass(frozen=True)
class BranchTraining:
    """The training of one model's branch.

    Attributes:
        candidates: of all images of the dataset.
        work: the folder that keeps the finished parts until the model is published.
    """

    study: Study
    dataset: Dataset
    training_set: TrainingSet
    candidates: StoredCandidates
    work: Path

    def fit(self, watch: Watch) -> CalcificationBranch:
        """Trains the detectors, then the regression on what each makes of the other half.

        The branch lies in `work` afterwards; one that is there is read.

        Raises:
            ConfigError: too few training patients have contours of calcifications.
        """
        file = self.work / CALCIFICATIONS
        if not file.exists():
            write_atomically(file, branch_content(self._fit(watch)))
        return read_branch(file, self.study.branches)

    def _fit(self, watch: Watch) -> CalcificationBranch:
        detectors = [self._detector(half, watch) for half in range(HALVES)]
        return CalcificationBranch(self.study.branches, detectors, self._regression(detectors))

    @cached_property
    def _images(self) -> tuple[Image, ...]:
        ids = set(self.training_set.training)
        return tuple(image for image in self.dataset.images if image.image_id in ids)

    @cached_property
    def _contours(self) -> Mapping[str, tuple[Contour, ...]]:
        return training_contours(self.dataset, self.training_set)

    @cached_property
    def _halves(self) -> Mapping[str, int]:
        key = (self.study.seed, "calcifications", self.training_set.name, "halves")
        return halve(self._images, self._contours, rng(*key))

    def _detector(self, half: int, watch: Watch) -> Detector:
        """The detector that is trained on one half of the patients; a finished one is read."""
        name, epochs = self.training_set.name, self.study.branches.epochs
        file = self.work / f"calcifications{half}.npz"
        if not file.exists():

            def after_epoch(finished: int) -> None:
                done = half * ROUNDS * epochs + finished
                watch(f"train {name}: epochs of its detectors", done, HALVES * ROUNDS * epochs)

            key = (self.study.seed, "calcifications", name, half)
            detector = fit_detector(self._examples(half), epochs, key, after_epoch)
            content = io.BytesIO()
            np.savez(content, **detector.arrays())  # type: ignore[arg-type]
            write_atomically(file, content.getvalue())
        with np.load(file, allow_pickle=False) as saved:
            return Detector(**saved)

    def _examples(self, half: int) -> Examples:
        patches: dict[int, list[Array]] = {YES: [], NO: []}
        for image in self._images:
            if self._halves[image.image_id] == half:
                candidates = self.candidates[image.image_id]
                labels = label_candidates(
                    candidates,
                    self._contours[image.image_id],
                    (image.rows, image.columns),
                    self.training_set.sick[image.image_id],
                )
                for label, found in patches.items():
                    found.append(candidates["patch"][labels == label])
        positive, negative = (np.concatenate(patches[label]) for label in (YES, NO))
        if not len(positive):
            raise ConfigError(
                "branches.proposals must be enough to find some of the contours of calcifications; "
                f"none of {self.training_set.name}'s half {half} is near one of "
                f"{self.study.branches.proposals}: set it higher, or branches.calcifications to "
                "false"
            )
        return Examples(positive, negative)

    def _regression(self, detectors: list[Detector]) -> dict[str, Floats]:
        """The logistic regression of the class on the measures by the other half's detector."""
        from sklearn.linear_model import LogisticRegression

        measures = np.array(
            [
                measure_image(
                    self.study.branches,
                    [detectors[1 - self._halves[image.image_id]]],
                    self.candidates[image.image_id],
                )
                for image in self._images
            ]
        )
        sick = np.array([self.training_set.sick[image.image_id] for image in self._images])
        centre, scale = measures.mean(axis=0), measures.std(axis=0)
        scale[scale < _LEAST_SCALE] = 1
        fitted = LogisticRegression().fit((measures - centre) / scale, sick)
        return {
            "centre": centre,
            "scale": scale,
            "coefficients": fitted.coef_[0],
            "intercept": fitted.intercept_[0],
        }
