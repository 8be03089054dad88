"""The state of a training: what is saved at an epoch's end is what a resumed run begins with."""

from pathlib import Path

import numpy as np

from jobs.training.state import Row, TrainingState, load_state, save_state


def weights(value: float) -> list[np.ndarray]:
    """As many arrays as sort differently by name than by number."""
    return [np.full((2, 3), value + number, np.float32) for number in range(12)]


def close_epoch(state: TrainingState, value: float, auc: float | str) -> None:
    step = len(state.history) + 1
    loss = 0.1 + value / 3  # has no short decimal form
    rows: list[Row] = [
        (step, state.epoch + 1, loss, "", ""),
        (step + 1, state.epoch + 1, loss, "" if auc == "" else loss, auc),
    ]
    state.close_epoch(rows, weights(value), [np.array(value)])


def test_nothing_saved_is_the_beginning(tmp_path: Path):
    """A run that was never stopped begins with epoch 0."""
    assert load_state(tmp_path) == TrainingState()


def test_a_saved_state_is_loaded_bit_for_bit(tmp_path: Path):
    """Weights in their order, the optimizer, the best weights, every figure of the history."""
    state = TrainingState(waited=0.125, stepped=7.3)
    close_epoch(state, 1.0, 0.75)
    close_epoch(state, 2.0, 0.7)
    save_state(tmp_path, state)
    loaded = load_state(tmp_path)
    for name in ("epoch", "best_auc", "history", "waited", "stepped"):
        assert getattr(loaded, name) == getattr(state, name)
    for name in ("weights", "optimizer", "best"):
        for one, other in zip(getattr(loaded, name), getattr(state, name), strict=True):
            assert one.dtype == other.dtype and np.array_equal(one, other)


def test_only_the_latest_state_is_kept(tmp_path: Path):
    """Saving replaces the file of the epoch before."""
    state = TrainingState()
    for epoch in (1, 2):
        close_epoch(state, float(epoch), 0.5)
        save_state(tmp_path, state)
    assert load_state(tmp_path).epoch == 2
    assert len(list(tmp_path.iterdir())) == 1


def test_the_best_weights_are_those_of_the_first_highest_auc():
    """An equal AUC later does not replace them."""
    state = TrainingState()
    for value, auc in ((1.0, 0.6), (2.0, 0.8), (3.0, 0.8), (4.0, 0.7)):
        close_epoch(state, value, auc)
    assert (state.epoch, state.best_auc) == (4, 0.8)
    assert np.array_equal(state.best[0], weights(2.0)[0])
    assert np.array_equal(state.weights[0], weights(4.0)[0])


def test_without_validation_the_best_weights_are_the_last():
    """The all-data model has no validation AUC."""
    state = TrainingState()
    for value in (1.0, 2.0):
        close_epoch(state, value, "")
    assert np.array_equal(state.best[0], weights(2.0)[0])
