"""predictions.csv is read strictly."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.errors import DataError
from jobs.evaluation.predictions import (
    COLUMNS,
    WITH_BRANCH,
    Prediction,
    read_predictions,
    select,
    to_csv,
)

HEADER = ",".join(WITH_BRANCH)
ROW = "fold0,last,validation,20586908,6c613a14b80a8591,L,CC,4a,,1,0.1,-1.5"
probabilities = st.floats(0, 1)


@pytest.fixture
def written(tmp_path):
    """Writes lines below the right header; returns the path."""

    def write(*lines, header=HEADER):
        path = tmp_path / "predictions.csv"
        path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return path

    return write


def test_a_row_is_read_with_its_types(written):
    """A blank density is None, sick is a bool, and the probability is exact."""
    (row,) = read_predictions(written(ROW))
    assert row == Prediction(
        model="fold0",
        weights="last",
        split="validation",
        image_id="20586908",
        patient="6c613a14b80a8591",
        side="L",
        view="CC",
        birads="4a",
        density=None,
        sick=True,
        probability=0.1,
        calcifications=-1.5,
    )


@given(
    probability=probabilities,
    logit=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    density=st.sampled_from([None, 1, 2, 3, 4]),
)
def test_what_is_written_is_read_back(tmp_path_factory, probability, logit, density):
    """Rows survive the file bit for bit, -0.0 and denormal numbers included."""
    row = Prediction(
        "all", "last", "test", "1", "0" * 16, "R", "FB", "2", density, False, probability, logit
    )
    path = tmp_path_factory.mktemp("csv") / "predictions.csv"
    path.write_bytes(to_csv([row]))
    (back,) = read_predictions(path)
    assert back == row and str(back) == str(row)
    assert b"\r" not in path.read_bytes()


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("model", "fold", "fold<k> or all"),
        ("weights", "first", "best or last"),
        ("split", "train", "validation or test"),
        ("image_id", "a1", "digits"),
        ("patient", "Maria", "16 hex digits"),
        ("side", "B", "L or R"),
        ("view", "ML", "CC, MLO or FB"),
        ("birads", "7", "one of 0..6, 4a, 4b, 4c"),
        ("density", "5", "1 to 4 or blank"),
        ("sick", "yes", "0 or 1"),
        ("probability", "1.5", "a number from 0 to 1"),
        ("probability", "nan", "a number from 0 to 1"),
        ("probability", "", "a number from 0 to 1"),
        ("calcifications", "nan", "a finite number or blank"),
        ("calcifications", "inf", "a finite number or blank"),
        ("calcifications", "none", "a finite number or blank"),
    ],
)
def test_a_bad_value_is_named_with_its_line(written, column, value, rule):
    """File, line, column, rule and value stand in one line."""
    cells = dict(zip(WITH_BRANCH, ROW.split(","), strict=True)) | {column: value}
    path = written(ROW, ",".join(cells.values()))
    with pytest.raises(DataError) as caught:
        read_predictions(path)
    message = str(caught.value)
    assert message.startswith(f"{path}:3: {column} must be {rule}; got ")
    assert "\n" not in message
    if column == "patient":
        assert value not in message, "patients stay out of messages"
    else:
        assert repr(value) in message


def test_another_header_is_refused(written):
    """A file of other columns is not guessed at; the message says what to do."""
    with pytest.raises(DataError, match=r":1: the header must be model,weights,.*; remove the mod"):
        read_predictions(written(ROW, header="image,probability"))


def test_a_study_without_the_branch_has_no_column_for_it(written):
    """Its files are as they were before there was one, and are read: None in every row."""
    path = written(ROW.rpartition(",")[0], header=",".join(COLUMNS))
    rows = read_predictions(path)
    assert [row.calcifications for row in rows] == [None]
    assert to_csv(rows) == path.read_bytes()


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b'model,"'])
def test_a_file_that_is_no_csv_is_refused(tmp_path, content):
    """An empty or binary file is a clear error."""
    path = tmp_path / "predictions.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match="predictions"):
        read_predictions(path)


def test_a_row_with_too_few_values_is_refused(written):
    """A cut line is named."""
    with pytest.raises(DataError, match=r":2: must have 12 values; got 2"):
        read_predictions(written("fold0,last"))


def test_an_image_predicted_twice_is_refused(written):
    """One model's weights say one thing of an image."""
    with pytest.raises(DataError, match=r":3: image 20586908 is already on line 2"):
        read_predictions(written(ROW, ROW))


def test_select_takes_what_it_is_asked_for(predictions):
    """All three conditions hold, and without a model all models are taken."""
    some = select(predictions, weights="last", split="test", model="all")
    assert {(row.model, row.weights, row.split) for row in some} == {("all", "last", "test")}
    every = select(predictions, weights="last", split="test")
    assert {row.model for row in every} == {"fold0", "fold1", "fold2", "all"}


def test_an_images_split_of_the_dataset():
    """A fold's validation image is in that fold, a test image in the test set, for every model."""
    row = Prediction("fold1", "last", "validation", "1", "0" * 16, "R", "CC", "2", None, False, 0.5)
    assert row.dataset_split == "fold1"
    for model in ("fold1", "all"):
        assert replace(row, model=model, split="test").dataset_split == "test"
