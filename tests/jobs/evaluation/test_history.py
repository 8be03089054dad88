"""history.csv is read strictly."""

import pytest

from jobs.common.errors import DataError
from jobs.evaluation.history import read_history

HEADER = "step,epoch,loss,validation_loss,validation_auc\n"


@pytest.fixture
def written(tmp_path):
    def write(text, header=HEADER):
        path = tmp_path / "history.csv"
        path.write_text(header + text, encoding="utf-8")
        return path

    return write


def test_an_epochs_loss_is_the_mean_of_its_steps(written):
    """Its validation loss and AUC are in its last row."""
    found = read_history(written("1,1,0.8,,\n2,1,0.6,0.7,0.5\n3,2,0.4,0.6,0.75\n"))
    assert found.loss == pytest.approx([0.7, 0.4])
    assert found.validation_loss.tolist() == [0.7, 0.6]
    assert found.validation_auc.tolist() == [0.5, 0.75]


def test_the_best_epoch_is_the_first_of_the_best(written):
    """As in training: a later epoch must be better to take its place."""
    rows = "1,1,0.8,0.7,0.5\n2,2,0.6,0.7,0.75\n3,3,0.4,0.6,0.75\n"
    assert read_history(written(rows)).best_epoch == 2


def test_the_all_data_model_has_no_best_epoch(written):
    """Its validation columns are blank."""
    found = read_history(written("1,1,0.8,,\n2,2,0.6,,\n"))
    assert found.best_epoch is None and len(found.validation_auc) == 0


@pytest.mark.parametrize(
    ("text", "header", "message"),
    [
        ("1,1,high,,\n", HEADER, r"history\.csv:2: not a row of history\.csv"),
        ("1,1,0.5,,\n2,3,0.4,,\n", HEADER, "epochs must be 1, 2, 3"),
        ("", HEADER, "epochs must be 1, 2, 3"),
        ("1,0.5\n", "step,loss\n", "not a row of history.csv"),
        ("1,1,0.5\n", "step,epoch,loss\n", "not a row of history.csv"),
    ],
)
def test_a_broken_history_is_named(written, text, header, message):
    """File and line, and what to do."""
    with pytest.raises(DataError, match=message):
        read_history(written(text, header))
