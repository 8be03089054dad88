"""Predictions as an artifact: workers share the exams, and a stop loses none that was finished."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.plan import NothingToMake, Outcome
from jobs.artifacts.run import open_run
from jobs.common.errors import StoppedError
from jobs.common.progress import Watch, silent
from jobs.features.extract import Share
from jobs.predict.files import InputFile
from jobs.predict.plan import Request, plan_predictions
from jobs.predict.predictor import Predictor
from jobs.predict.score import RawScores, fold_models
from jobs.predict.table import read_rows
from tests.jobs.predict.files import write_image
from tests.jobs.stages.small_study import stop_at

EXAMS = 4


class CountingScorer:
    """Scores by an image's mean, and counts them."""

    def __init__(self, models: tuple[str, ...]) -> None:
        self.models, self.count = models, 0

    def score(self, pixels: np.ndarray) -> RawScores:
        self.count += 1
        return RawScores(np.linspace(0.1, 0.9, len(self.models)) * pixels.mean() / pixels.max())


@pytest.fixture
def root(reported: Path, tmp_path: Path) -> Path:
    """A copy of the root of an evaluated run."""
    return shutil.copytree(reported.parents[1], tmp_path / "root")


@pytest.fixture
def files(tmp_path: Path) -> list[InputFile]:
    """The images of exams of two views each."""
    return [
        write_image(
            tmp_path / f"{2 * exam + view}_image", "L", name, StudyInstanceUID=f"2.25.{exam}"
        )
        for exam in range(1, EXAMS + 1)
        for view, name in enumerate(("CC", "MLO"))
    ]


def work(
    root: Path, files: list[InputFile], share: Share, watch: Watch = silent
) -> tuple[int, Path]:
    """What a worker does: how many images it has scored, and where the predictions are."""
    run = open_run(root, "trial")
    predictor = Predictor(run, False, NothingToMake("no base"))
    scorer = CountingScorer(fold_models(run))
    predictor.__dict__["scorer"] = scorer
    plan = plan_predictions(Request(predictor, files, share))
    try:
        assert plan.make(watch) == Outcome.MADE
    except StoppedError:
        assert not plan.target.exists()
    return scorer.count, plan.target


def test_workers_share_the_exams(root: Path, files: list[InputFile]):
    """What one has finished no other makes again; together they make the bytes of one alone."""
    first, _ = work(root, files, Share(0, 2), stop_at("predict: images", 5))
    second, target = work(root, files, Share(1, 2))
    assert 4 <= first < 2 * EXAMS and second == 2 * (EXAMS - first // 2)
    shared = (target / "predictions.csv").read_bytes()
    shutil.rmtree(target)
    count, _ = work(root, files, Share(0, 1))
    assert count == 2 * EXAMS
    assert (target / "predictions.csv").read_bytes() == shared


def test_each_exam_has_its_rows(root: Path, files: list[InputFile]):
    """Its images, its breast and itself, by the run's own thresholds."""
    _, target = work(root, files, Share(0, 1))
    rows = read_rows(target / "predictions.csv")
    levels = [row.level for row in rows]
    assert levels == ["image", "image", "breast", "exam"] * EXAMS
    assert len({row.exam for row in rows}) == EXAMS
    assert all(row.outside is None for row in rows)
