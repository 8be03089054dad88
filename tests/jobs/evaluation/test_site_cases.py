"""The labelled cases of another site."""

import pytest

from jobs.common.errors import DataError
from jobs.evaluation.site_cases import read_site_cases


def read(tmp_path, text):
    path = tmp_path / "cases.csv"
    path.write_text(text, encoding="utf-8")
    return read_site_cases(path)


def test_predictions_with_a_truth(tmp_path):
    """By level; exams are people; rows without a probability are not looked at, some lack a truth.

    The form is that of predictions.csv of `mammo predict`, with its other columns.
    """
    found = read(
        tmp_path,
        "level,exam,probability,sick,truth\n"
        "image,a,0.5,1,1\nimage,a,0.25,0,0\nimage,b,0.1,0,\n"
        "exam,a,0.5,1,sick\nexam,b,0.1,0,Healthy\nfile,,,,\n",
    )
    assert found.unlabelled == 1
    assert list(found.levels) == ["image", "exam"]
    assert found.levels["image"].patient.tolist() == ["a", "a"]
    assert found.levels["exam"].sick.tolist() == [True, False]
    assert found.levels["exam"].probability.tolist() == [0.5, 0.1]


def test_the_least_table(tmp_path):
    """Two columns are enough: each row is of another person, and all are images."""
    found = read(tmp_path, "probability,truth\n0.5,1\n0.2,0\n")
    assert len(set(found.levels["image"].patient)) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("probability,sick\n0.5,1\n", r":1: must have the columns probability and truth; got"),
        ("probability,truth\n0.5,1\n1.5,0\n", r":3: probability must be a number from 0 to 1; got"),
        ("probability,truth\n0.5,maybe\n", r":2: truth must be one of 1, 0, sick, healthy or"),
        ("probability,truth\n0.5,1\n0.4,1\n", "all 2 cases per image are sick: both are needed"),
        ("probability,truth\n0.5,\n", "no row has a probability and a truth"),
    ],
)
def test_what_is_refused(tmp_path, text, message):
    """Exit 65, with file and line."""
    with pytest.raises(DataError, match=message):
        read(tmp_path, text)


def test_what_is_no_text(tmp_path):
    """A file of another kind."""
    path = tmp_path / "cases.csv"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="not a csv in UTF-8"):
        read_site_cases(path)
