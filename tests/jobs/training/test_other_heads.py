"""Heads that are trained otherwise, on the same base."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.run import open_run
from jobs.common.progress import silent
from jobs.data.dataset import open_dataset
from jobs.data.training_set import TrainingSet, select_training_set
from jobs.model.trained import load_trained
from jobs.training import other_heads
from jobs.training.other_heads import (
    permute_labels,
    train_on_permuted_labels,
    train_with_other_seed,
)


def test_labels_are_dealt_out_anew(trained_root: Path):
    """As many are sick; the validation fold's stay; the same for the same seed."""
    run = open_run(trained_root, "first")
    dataset = open_dataset(trained_root, run.study)
    own = select_training_set(run.study, dataset, "fold0")
    other = permute_labels(own, seed=3)
    trained = [other.sick[one] for one in own.training]
    assert sum(trained) == sum(own.sick[one] for one in own.training)
    assert trained != [own.sick[one] for one in own.training]
    assert all(other.sick[one] == own.sick[one] for one in own.validation)
    assert permute_labels(own, seed=3) == other


def test_labels_stay_in_their_release():
    """As many of another release's are sick as before; the own ones are dealt as ever."""
    ids, joined = [str(one) for one in range(12)], [f"joined/{one}" for one in range(8)]
    sick = {**{one: int(one) < 4 for one in ids}, **{one: one > "joined/2" for one in joined}}
    own = TrainingSet("fold0", ids, [], sick)
    both = permute_labels(replace(own, joined=joined), seed=3)
    assert [both.sick[one] for one in ids] == [permute_labels(own, 3).sick[one] for one in ids]
    assert sum(both.sick[one] for one in joined) == sum(sick[one] for one in joined)
    assert [both.sick[one] for one in joined] != [sick[one] for one in joined]


def test_both_begin_alike_and_true_labels_choose_no_epoch(trained_root: Path, monkeypatch):
    """Else the permuted one shares its first weights with the model that is explained."""
    run = open_run(trained_root, "first")
    dataset = open_dataset(trained_root, run.study)
    calls: list = []

    def note(run, mode, study, training_set, watch, *, chosen=True):
        calls.append((study.seed, study.contours.weight, chosen))

    monkeypatch.setattr(other_heads, "_train", note)
    for train in (train_with_other_seed, train_on_permuted_labels):
        train(run, dataset, "fold0", silent)
    seed = run.study.seed + 1
    assert calls == [(seed, run.study.contours.weight, True), (seed, 0.0, False)]


@pytest.mark.parametrize("name", ["exact", "local"])
def test_the_head_is_another_and_the_base_the_same(trained_root: Path, name: str):
    """Of either kind of head; the run itself stays as it is."""
    run = open_run(trained_root, name)
    dataset = open_dataset(trained_root, run.study)
    before = (run.folder.model("fold0").folder / "best.weights.h5").read_bytes()
    own = load_trained(run, "fold0")
    others = [
        train(run, dataset, "fold0", silent)
        for train in (train_with_other_seed, train_on_permuted_labels)
    ]
    for other in others:
        mine, its = own.head.get_weights(), other.head.get_weights()
        assert [each.shape for each in its] == [each.shape for each in mine]
        assert not np.array_equal(its[0], mine[0])
    kernel = own.network()[0].operation.kernel
    assert np.array_equal(others[0].network()[0].operation.kernel, kernel)
    assert (run.folder.model("fold0").folder / "best.weights.h5").read_bytes() == before
