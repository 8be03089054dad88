"""Runs: claimed once, for one configuration; an error names what a run lacks."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from jobs.artifacts.layout import Root, RunFolder
from jobs.artifacts.run import claim_run, open_run
from jobs.common.errors import ConfigError, DataError, ExitCode, MissingInputError
from jobs.config.study import Study, dump_study

TWENTY, TWENTY_ONE = Study(seed=20), Study(seed=21)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """A run that does not exist yet."""
    return Root(tmp_path).run("first")


def test_a_run_is_claimed_once(run: RunFolder):
    """The first stage writes study.yaml; the next one with the same configuration accepts it."""
    claim_run(run, TWENTY)
    assert [path.name for path in run.path.iterdir()] == ["study.yaml"]
    (run.path / "fold0").mkdir()
    claim_run(run, TWENTY)
    assert run.study.read_text() == dump_study(TWENTY)
    assert [path.name for path in run.path.parent.iterdir()] == ["first"]


def test_a_run_of_another_configuration_is_refused(run: RunFolder):
    """Exit 78, naming the run, both keys and what to do; the run is not changed."""
    claim_run(run, TWENTY)
    with pytest.raises(ConfigError, match=r"key [0-9a-f]{12}, this one is [0-9a-f]{12}") as caught:
        claim_run(run, TWENTY_ONE)
    assert "runs/first/study.yaml" in str(caught.value) and "--run" in str(caught.value)
    assert caught.value.exit_code is ExitCode.CONFIG == 78
    assert run.study.read_text() == dump_study(TWENTY)


def test_a_folder_without_a_study_is_not_a_run(run: RunFolder):
    """A folder with the run's name that is not empty but has no study.yaml is an error."""
    (run.path / "fold0").mkdir(parents=True)
    with pytest.raises(DataError, match=r"study\.yaml is missing: .* name another --run"):
        claim_run(run, TWENTY)


def test_concurrent_claims(run: RunFolder):
    """Many claim one run at once: one study wins, and exactly those with another one fail."""
    together = Barrier(8)
    studies = (TWENTY, TWENTY_ONE)

    def claim(number: int) -> bool:
        together.wait()
        try:
            claim_run(run, studies[number % 2])
        except ConfigError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        successes = list(pool.map(claim, range(8)))
    winner = successes.index(True) % 2
    assert successes == [number % 2 == winner for number in range(8)]
    assert run.study.read_text() == dump_study(studies[winner])
    assert len(list(run.path.parent.iterdir())) == 1


def test_a_run_that_does_not_exist(tmp_path: Path):
    """Exit 69, with the command that starts it."""
    with pytest.raises(MissingInputError, match=r"run mammo train --root .* --run first --config"):
        open_run(tmp_path, "first")


def test_the_model_that_is_missing_is_named(run: RunFolder, tmp_path: Path):
    """The error names the first missing model, and the command that trains it."""
    claim_run(run, TWENTY)
    opened = open_run(tmp_path, "first")
    assert opened.study == TWENTY
    with pytest.raises(MissingInputError, match=r"runs/first/fold0 is missing: .* --fold 0$"):
        opened.require_models()
    with pytest.raises(MissingInputError, match=r"runs/first/all is missing: .* --all$"):
        opened.require_model("all")
