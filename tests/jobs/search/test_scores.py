"""The nested figure is not chosen by; the flattering one is."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.config.names import TEST
from jobs.config.sections import DataConfig, EvaluateConfig
from jobs.config.study import Study
from jobs.search.scores import CHOSEN_ON, NESTED, TrialScores, choose_nested, score_search
from tests.jobs.small_datasets import small_dataset

STUDY = replace(Study(), data=DataConfig(folds=2), evaluate=EvaluateConfig(bootstrap=100))
DATASET = small_dataset(120)
FOLDS = [DATASET.splits[name] for name in ("fold0", "fold1")]
SICK = {image.image_id: image.birads == "5" for image in DATASET.images}


def labels(ids: tuple[str, ...]) -> np.ndarray:
    return np.array([SICK[one] for one in ids])


def scores(strength: float, trials: int = 60) -> TrialScores:
    """Trials that are equally good: noise, plus the truth times a strength."""
    draw = np.random.default_rng(0)
    truth = np.concatenate([labels(fold) for fold in FOLDS])
    test = labels(DATASET.splits[TEST])
    return TrialScores(
        draw.normal(size=(trials, len(truth))) + strength * truth,
        draw.normal(size=(trials, len(test))) + strength * test,
    )


def test_a_fold_has_no_say_in_the_setting_that_it_scores():
    """Whatever a trial has on a fold, that fold's choice stays."""
    areas = np.random.default_rng(1).random((9, 4))
    chosen = choose_nested(areas)
    for fold in range(4):
        changed = areas.copy()
        changed[:, fold] = np.random.default_rng(fold).permutation(areas[:, fold])
        assert choose_nested(changed)[fold] == chosen[fold]


def test_of_settings_that_know_nothing_the_best_seems_to_know_something():
    """The nested figure and the test set's are by chance; the one that was chosen by is not."""
    figures = score_search(STUDY, DATASET, scores(strength=0))["figures"]
    chosen, nested, test = (figures[name]["image"] for name in (CHOSEN_ON, NESTED, "test"))
    assert chosen["value"] > 0.6 > max(nested["value"], test["value"])


def test_the_best_is_that_of_all_folds():
    """And of settings of which one is better, all three figures find it."""
    given = scores(strength=0.2, trials=5)
    truth = np.concatenate([labels(fold) for fold in FOLDS])
    given.out_of_fold[3] += 2 * truth
    given.test[3] += 2 * labels(DATASET.splits[TEST])
    found = score_search(STUDY, DATASET, given)
    assert found["best"] == 3 and found["nested_choice"] == [3, 3]
    figures = found["figures"]
    assert figures[CHOSEN_ON] == figures[NESTED]
    assert figures["test"]["image"]["value"] > 0.85


def test_an_area_is_each_fold_s_own():
    """Logits of two folds are not compared with each other: one fold's may be higher throughout."""
    given = scores(strength=1, trials=2)
    before = score_search(STUDY, DATASET, given)
    given.out_of_fold[:, : len(FOLDS[0])] += 100
    after = score_search(STUDY, DATASET, given)
    assert after["areas"] == pytest.approx(np.array(before["areas"]))
