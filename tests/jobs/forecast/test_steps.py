"""What is known of a study's steps before they run."""

from pathlib import Path

import pytest

from jobs import cli
from jobs.artifacts.layout import Root
from jobs.config.study import Study
from jobs.forecast.extent import Extent, Sample
from jobs.forecast.speed import REPORT_SECONDS
from jobs.forecast.steps import Forecast, forecast
from jobs.local.manifests.pod import Step
from tests.jobs.local.machines import make_roomy

EXTENT = Extent((Sample("fold0", "2"), *[Sample("fold1", "2")] * 2, Sample("test", "1")), 0)


def step(root: Path, line: str, parallelism: int = 2) -> Step:
    """A step with its options; each command line takes the root and, mostly, a study."""
    config = root / "study.yaml"
    config.write_text("")
    command, *rest = line.split()
    if command != "phantom":
        rest += ["--root", str(root)]
    if command in ("embed", "train", "weights"):
        rest += ["--config", str(config)]
    if command in ("train", "evaluate", "report"):
        rest += ["--run", "a"]
    options, _ = cli.parse([command, *rest])
    return Step(line, None, (command, *rest), parallelism=parallelism, options=options)


def test_work_and_how_many_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The first of the workers that embed one after another makes all; models train at once."""
    make_roomy(monkeypatch)
    lines = ["weights", "embed --worker 0 --workers 2", "embed --worker 1 --workers 2"]
    lines += ["train --fold 0", "train --all", "evaluate", "report"]
    steps = [step(tmp_path, line) for line in lines]
    weights, first, second, fold, whole, figures, page = forecast(
        steps, Root(tmp_path), Study(), EXTENT
    )
    assert weights == Forecast()
    assert (first.work, first.expected) == (31, None)
    assert second == Forecast(work=0.0, expected=0.0)
    assert (fold.work, whole.work) == (20 * 20, 30 * 20)
    assert (fold.at_once, whole.at_once, figures.at_once) == (2, 2, 1)
    assert page.expected == REPORT_SECONDS
