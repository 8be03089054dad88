"""The trials of a search, drawn by several workers, of whom some are killed."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.trial import TrialState

from jobs.common.errors import DataError
from jobs.search.journal import Journal
from jobs.search.space import Choices, Range, SearchConfig, Space

SPACE = Space(
    SearchConfig(trials=8, together=3),
    {"train.learning_rate": Range(0.001, 0.1, log=True)},
    {
        "local": {"head.hidden": Choices(("8", "16")), "head.dropout": Range(0, 0.5)},
        "report": {"head.kernel": Choices(("1", "3"))},
    },
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a search that has begun."""
    return tmp_path


def worker(folder: Path, number: int) -> Journal:
    journal = Journal(folder, SPACE, seed=1, worker=number)
    journal.begin()
    journal.requeue_lost()
    return journal


def finish(journal: Journal, scores: Mapping[str, float] | None = None) -> None:
    """Tries settings until there are enough; `scores` are by variant."""
    while trials := journal.ask():
        for trial in trials:
            base = scores[trial.params["variant"]] if scores else 0.5
            journal.tell(trial, base + trial.number / 1000)


def test_what_is_asked_at_once_can_be_trained_together(folder: Path):
    """It differs in free keys alone, and so is never of two variants."""
    journal = worker(folder, 0)
    while trials := journal.ask():
        settings = [journal.settings(trial) for trial in trials]
        fixed = [{k: v for k, v in each.items() if k.startswith("head.h")} for each in settings]
        kernels = [each.get("head.kernel") for each in settings]
        assert all(each == fixed[0] for each in fixed) and len(set(kernels)) == 1
        assert len({each["train.learning_rate"] for each in settings}) == len(trials)
        for trial in trials:
            journal.tell(trial, 0.5)


def test_what_does_better_than_the_others_goes_on(folder: Path):
    """Only what does worse is given up, once there are trials to compare with."""
    config = SearchConfig(trials=40, together=1)
    journal = Journal(folder, replace(SPACE, config=config), seed=1, worker=0)
    journal.begin()
    for _ in range(12):
        (trial,) = journal.ask()
        assert journal.report(trial, 1, 0.6) is False
        journal.tell(trial, 0.6)
    found = {}
    for value in (0.5, 0.7):
        (trial,) = journal.ask()
        found[value] = journal.report(trial, 1, value)
    assert found[0.5] is True and found[0.7] is False


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_each_variant_is_tried_enough_however_badly_it_does(tmp_path: Path, sampler: str):
    """The sampler by itself may never come to one that its first draws have missed."""
    config = SearchConfig(trials=40, together=4, sampler=sampler)
    for seed in range(4):
        folder = tmp_path / str(seed)
        folder.mkdir()
        journal = Journal(folder, replace(SPACE, config=config), seed, worker=0)
        journal.begin()
        finish(journal, {"local": 0.9, "report": 0.5})
        tried = Counter(trial.params["variant"] for trial in journal.finished)
        assert min(tried["local"], tried["report"]) >= 10
        assert tried.total() == 40


def test_workers_try_as_many_settings_as_are_asked_for(folder: Path):
    """By all together, each setting once."""
    one, two = worker(folder, 0), worker(folder, 1)
    first, second = one.ask(), two.ask()
    for trial in first:
        one.tell(trial, 0.6)
    for trial in second:
        two.tell(trial, None)
    finish(one)
    assert two.ask() == []
    numbers = [trial.number for trial in two.finished]
    assert len(numbers) == len(set(numbers)) == 8
    drawn = [str(one.settings(trial)) for trial in one.finished]
    assert len(set(drawn)) == 8, "two workers drew the same"


def test_a_worker_that_comes_back_begins_its_trials_anew(folder: Path):
    """With the same settings."""
    killed = worker(folder, 0)
    lost = [killed.settings(trial) for trial in killed.ask()]
    again = worker(folder, 0)
    finish(again)
    tried = [again.settings(trial) for trial in again.finished]
    assert len(tried) == 8
    assert all(each in tried for each in lost)
    states = [trial.state for trial in again.trials]
    assert states.count(TrialState.FAIL) == len(lost)


def test_others_take_the_trials_of_a_worker_that_is_silent(folder: Path):
    """For ten minutes; until then they leave them alone."""
    killed, other = worker(folder, 0), worker(folder, 1)
    lost = len(killed.ask())
    other.requeue_lost()
    assert other.others_at_work() == lost
    mark = folder / "workers" / "0"
    long_ago = mark.stat().st_mtime - 700
    os.utime(mark, (long_ago, long_ago))
    other.requeue_lost()
    assert other.others_at_work() == 0
    finish(other)
    assert len(other.finished) == 8


def test_a_trial_that_others_have_taken_is_dropped(folder: Path):
    """By a worker that was paused: nothing is said of it, and no other's result is changed."""
    paused, other = worker(folder, 0), worker(folder, 1)
    taken = paused.ask()
    mark = folder / "workers" / "0"
    os.utime(mark, (0, 0))
    other.requeue_lost()
    finish(other)
    before = [(trial.state, trial.value) for trial in other.trials]
    assert [paused.report(trial, 1, 0.9) for trial in taken] == [None] * len(taken)
    paused.tell(taken[0], 0.9, seconds=1.0)
    paused.requeue_lost()
    assert [(trial.state, trial.value) for trial in other.trials] == before


def test_two_workers_that_find_a_lost_trial_put_it_in_line_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """Also where both saw it before either took it."""
    killed, one, two = (worker(folder, number) for number in range(3))
    lost = killed.ask()
    os.utime(folder / "workers" / "0", (0, 0))
    seen = two._running()
    one.requeue_lost()
    monkeypatch.setattr(two, "_running", lambda: seen)
    two.requeue_lost()
    states = [trial.state for trial in two.trials]
    assert states.count(TrialState.WAITING) == states.count(TrialState.FAIL) == len(lost)


def test_a_trial_that_has_only_just_begun_is_nobody_s_to_take(folder: Path):
    """It does not say yet whose it is."""
    one, two = worker(folder, 0), worker(folder, 1)
    one._study.ask()
    two.requeue_lost()
    assert two.others_at_work() == 1


def test_a_line_that_was_cut_is_left_out(folder: Path):
    """By the next that opens the journal, and by one at work that appends to it."""
    one = worker(folder, 0)
    first = one.ask()
    log = folder / "journal.log"
    whole = log.read_bytes()
    log.write_bytes(whole + whole.splitlines()[-1][:20])
    again = worker(folder, 0)
    assert [trial.number for trial in again.trials][: len(first)] == [t.number for t in first]
    with log.open("ab") as file:
        file.write(b'{"op_code":')
    finish(again)
    assert len(worker(folder, 1).finished) == 8


def test_a_journal_of_one_cut_line_is_empty(folder: Path):
    """Longer than what is read at once."""
    (folder / "journal.log").write_bytes(b"x" * 200_000)
    assert worker(folder, 0).trials == []


@pytest.mark.parametrize("line", [b'{"op_code":{"op_code":1}\n', b"\n", b"\0\0\n", b"3\n"])
def test_a_line_that_is_damaged_elsewhere_is_told(folder: Path, line: bytes):
    worker(folder, 0).ask()
    log = folder / "journal.log"
    first, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + line + b"".join(rest))
    with pytest.raises(DataError, match=r"journal\.log: line 2 is damaged"):
        worker(folder, 1)
    assert not (folder / "journal.log.lock").exists()
