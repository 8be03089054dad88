"""Runs: claimed once, for one configuration; an error names what a run lacks."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from jobs.artifacts.layout import Root, RunFolder
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import EVALUATION_FORMAT, claim_run, open_run, require_same_study
from jobs.common.errors import ConfigError, DataError, ExitCode, MissingInputError
from jobs.config.sections import TrainConfig
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
    """Exit 78: the run, each setting that differs, and what to do; the run is not changed."""
    claim_run(run, TWENTY)
    other = replace(TWENTY_ONE, train=TrainConfig(epochs=3, batch=16))
    for refuse in (claim_run, require_same_study):
        with pytest.raises(ConfigError) as caught:
            refuse(run, other)
        assert str(caught.value) == (
            f"{run.study}: the run first has another configuration (seed: 20 -> 21, "
            "train.epochs: 20 -> 3, train.batch: 32 -> 16); name a new one with --run"
        )
    assert caught.value.exit_code is ExitCode.CONFIG == 78
    assert run.study.read_text() == dump_study(TWENTY)


def test_the_same_study_in_other_words_is_the_same_run(run: RunFolder):
    """A comment in study.yaml, or a default left out, makes no other study."""
    claim_run(run, TWENTY)
    run.study.write_text("# mine\nseed: 20\n")
    claim_run(run, TWENTY)
    assert run.study.read_text().startswith("# mine")


def test_a_run_whose_study_is_not_readable(run: RunFolder):
    """One of another version, or changed by hand: the reason, and what to do."""
    claim_run(run, TWENTY)
    run.study.write_text("train: {epoch: 3}\n")
    with pytest.raises(ConfigError, match=r"unknown key train\.epoch; .*name a new one with --run"):
        claim_run(run, TWENTY)


def test_looking_at_a_run_makes_nothing(run: RunFolder):
    """One that is not there, or is an empty folder, may become any study's."""
    require_same_study(run, TWENTY)
    assert not run.path.exists()
    run.path.mkdir(parents=True)
    require_same_study(run, TWENTY)
    assert not list(run.path.iterdir())


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


def test_figures_in_another_version_s_format_are_refused(run: RunFolder):
    """Before anybody reads them: both formats, and what to do."""
    claim_run(run, TWENTY)
    with publish(run.evaluation.folder, Recipe("evaluate", {}, {}, EVALUATION_FORMAT - 1)):
        pass
    with pytest.raises(DataError, match=r"in format 4, .* reads 5: remove it, run mammo evaluate"):
        open_run(run.root.path, "first").require_evaluation({})
