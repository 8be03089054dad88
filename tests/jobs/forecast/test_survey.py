"""What a study will take, from its steps."""

from pathlib import Path

from jobs.forecast.disk import Need, describe_disk
from jobs.forecast.steps import Forecast
from jobs.forecast.survey import survey
from tests.jobs.forecast.test_steps import step


def test_steps_that_are_not_to_run_take_nothing(tmp_path: Path):
    """Neither disk nor time; where nothing tells how many images there are, the need is unknown."""
    steps = [step(tmp_path, "weights"), step(tmp_path, "report")]
    found = survey(tmp_path, steps, steps[1:])
    assert found.forecasts == [Forecast(work=0.0, expected=0.0), Forecast()]
    assert found.needs is None and found.needed_bytes is None and found.problems == []


def test_a_root_that_cannot_be(tmp_path: Path):
    """The problem is kept beside what else is known."""
    (tmp_path / "file").touch()
    found = survey(tmp_path / "file" / "root", [step(tmp_path, "report")], ())
    assert "is a file, and must be a folder" in str(found.problems[0])


def test_a_phantom_of_too_few_patients(tmp_path: Path):
    """It is known before it is made."""
    phantom = step(tmp_path, f"phantom {tmp_path}/phantom --patients 12")
    weights = step(tmp_path, "weights --set data.folds=60")
    (problem,) = survey(tmp_path, [phantom, weights], [phantom, weights]).problems
    assert "need at least 61 patients; there are 12: set data.folds (60)" in str(problem)


def test_the_disk_in_words(tmp_path: Path):
    """How much of what, and how much is free."""
    needs = [Need("weights", 88_000_000), Need("dataset", 12_000_000)]
    assert describe_disk(tmp_path, needs).startswith(
        "about 100 MB to write (weights 88 MB, dataset 12 MB); "
    )
    assert describe_disk(tmp_path, []).startswith("next to nothing to write; ")
