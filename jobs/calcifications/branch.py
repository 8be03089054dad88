"""The trained branch: an image's pixels in, one logit out."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import CALCIFICATIONS
from jobs.artifacts.run import Run
from jobs.calcifications.candidates import find_candidates
from jobs.calcifications.clusters import MEASURES, measure
from jobs.calcifications.detector import SHAPES, Detector
from jobs.common.types import Array, Floats
from jobs.config.sections import BranchesConfig

_REGRESSION = ("centre", "scale", "coefficients", "intercept")


@dataclass(frozen=True)
class CalcificationBranch:
    """What is trained of the branch.

    Attributes:
        detectors: each trained on one half of the training patients. Of an image that neither has
            seen, their logits are averaged.
        regression: centre, scale and coefficients, (len(MEASURES),) float64 each, and the
            intercept, of the logistic regression on an image's measures.
    """

    config: BranchesConfig
    detectors: Sequence[Detector]
    regression: Mapping[str, Floats]

    def logit(self, pixels: Array) -> float:
        """The logit of sick of a new image, by its calcifications alone.

        Args:
            pixels: (H, W) uint16, larger is brighter.
        """
        return self.logit_of_candidates(find_candidates(pixels, self.config.proposals))

    def logit_of_candidates(self, candidates: Array) -> float:
        """The same, of the image's candidates: (n,) of CANDIDATE."""
        measures = measure_image(self.config, self.detectors, candidates)
        standard = (measures - self.regression["centre"]) / self.regression["scale"]
        return float(standard @ self.regression["coefficients"] + self.regression["intercept"])


def measure_image(
    config: BranchesConfig, detectors: Sequence[Detector], candidates: Array
) -> Floats:
    """The measures of an image by the mean logits of some detectors: (len(MEASURES),) float64."""
    patches = np.asarray(candidates["patch"])
    logits = np.mean([each.logits(patches) for each in detectors], axis=0)
    best = np.argsort(-logits, kind="stable")[: config.candidates]
    chosen = candidates[best]
    places = np.stack([chosen["row"], chosen["column"]], axis=1)
    return measure(logits[best], chosen["contrast"], places, config.pixel)


def branch_content(branch: CalcificationBranch) -> bytes:
    """A branch as the content of a file."""
    arrays: dict[str, Array] = dict(branch.regression)
    for number, detector in enumerate(branch.detectors):
        arrays |= {f"detector{number}.{name}": one for name, one in detector.arrays().items()}
    content = io.BytesIO()
    np.savez(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def load_branch(run: Run, model: str) -> CalcificationBranch | None:
    """The branch of a run's model, for new images; None of a study without such a branch.

    It stands beside `jobs.model.trained.load_trained`, which loads the head.

    Args:
        model: fold0, fold1, ... or all.

    Raises:
        MissingInputError: the model is not there.
        DataError: a file of it is damaged.
    """
    run.require_model(model)
    if not run.study.branches.calcifications:
        return None
    return read_branch(run.folder.model(model).folder / CALCIFICATIONS, run.study.branches)


def read_branch(path: Path, config: BranchesConfig) -> CalcificationBranch:
    """A branch that `branch_content` made; the file was verified with its artifact."""
    with np.load(path, allow_pickle=False) as saved:
        numbers = sorted({name.partition(".")[0] for name in saved if "." in name})
        detectors = [
            Detector(**{name: saved[f"{number}.{name}"] for name in SHAPES}) for number in numbers
        ]
        regression = {name: saved[name] for name in _REGRESSION}
    assert regression["centre"].shape == (len(MEASURES),)
    return CalcificationBranch(config, detectors, regression)
