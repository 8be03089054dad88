"""predictions.csv is read strictly, and the models' predictions must belong to one study."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.errors import DataError
from jobs.evaluation.predictions import (
    COLUMNS,
    Prediction,
    check_predictions,
    expected,
    read_predictions,
    select,
    to_csv,
    weights_on_test,
)

HEADER = ",".join(COLUMNS)
ROW = "fold0,last,validation,20586908,6c613a14b80a8591,L,CC,4a,,1,0.1"
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
    )


@given(probability=probabilities, density=st.sampled_from([None, 1, 2, 3, 4]))
def test_what_is_written_is_read_back(tmp_path_factory, probability, density):
    """Rows survive the file bit for bit, -0.0 and denormal numbers included."""
    row = Prediction(
        "all", "last", "test", "1", "0" * 16, "R", "FB", "2", density, False, probability
    )
    path = tmp_path_factory.mktemp("csv") / "predictions.csv"
    path.write_bytes(to_csv([row]))
    (back,) = read_predictions(path)
    assert back == row and str(back.probability) == str(row.probability)
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
    ],
)
def test_a_bad_value_is_named_with_its_line(written, column, value, rule):
    """File, line, column, rule and value stand in one line."""
    cells = dict(zip(COLUMNS, ROW.split(","), strict=True)) | {column: value}
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
    """A file of other columns is not guessed at."""
    with pytest.raises(DataError, match=r":1: the header must be model,weights,"):
        read_predictions(written(ROW, header="image,probability"))


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe", b'model,"'])
def test_a_file_that_is_no_csv_is_refused(tmp_path, content):
    """An empty or binary file is a clear error."""
    path = tmp_path / "predictions.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match="predictions"):
        read_predictions(path)


def test_a_row_with_too_few_values_is_refused(written):
    """A cut line is named."""
    with pytest.raises(DataError, match=r":2: must have 11 values; got 2"):
        read_predictions(written("fold0,last"))


def test_an_image_predicted_twice_is_refused(written):
    """One model's weights say one thing of an image."""
    with pytest.raises(DataError, match=r":3: image 20586908 stands in line 2 already"):
        read_predictions(written(ROW, ROW))


def test_a_whole_study_passes(predictions, models):
    """The synthetic study is as a study should be."""
    check_predictions(predictions, models)


def test_figures_come_from_weights_not_chosen_on_their_split():
    """Out-of-fold: the last epoch; test: the best, and for `all`, which has none, the last."""
    assert expected("fold3") == (("last", "validation"), ("best", "test"))
    assert expected("all") == (("last", "test"),)
    assert (weights_on_test("fold0"), weights_on_test("all")) == ("best", "last")


def test_select_takes_what_it_is_asked_for(predictions):
    """All three conditions hold, and without a model all models are taken."""
    some = select(predictions, weights="last", split="test", model="all")
    assert {(row.model, row.weights, row.split) for row in some} == {("all", "last", "test")}
    every = select(predictions, weights="last", split="test")
    assert {row.model for row in every} == {"fold0", "fold1", "fold2", "all"}


def _changed(rows, where, **changes):
    return [replace(row, **changes) if where(row) else row for row in rows]


def test_a_patient_in_two_splits_is_refused(predictions, models):
    """Overlap between splits is an error; the message names an image, never the patient."""
    tested = next(row for row in predictions if row.split == "test")
    held_out = next(row for row in predictions if row.model == "fold1" and row.split != "test")
    rows = _changed(
        predictions, lambda row: row.image_id == held_out.image_id, patient=tested.patient
    )
    with pytest.raises(DataError, match=r"is in fold1 and test: splits must not share") as caught:
        check_predictions(rows, models)
    assert tested.patient not in str(caught.value)


def test_an_image_that_two_models_describe_differently_is_refused(predictions, models):
    """The label of an image is one."""
    one = next(row for row in predictions if row.split == "test" and row.model == "fold0")
    rows = _changed(
        predictions, lambda row: row.image_id == one.image_id and row.model == "all", birads="0"
    )
    with pytest.raises(DataError, match=f"image {one.image_id} is described in two ways"):
        check_predictions(rows, models)


def test_a_missing_model_is_named(predictions, models):
    """Figures are not made of some of the models."""
    rows = [row for row in predictions if row.model != "fold2"]
    with pytest.raises(DataError, match="fold2's validation predictions with its last weights are"):
        check_predictions(rows, models)


def test_models_tested_on_different_images_are_refused(predictions, models):
    """Test figures are of one test set."""
    one = next(row for row in predictions if row.split == "test")
    rows = [r for r in predictions if not (r.model == "fold2" and r.image_id == one.image_id)]
    with pytest.raises(DataError, match="fold2 was tested on other images than fold0"):
        check_predictions(rows, models)


def test_a_split_without_the_sick_is_refused(predictions, models):
    """A fold without a sick patient has no ROC: said, not skipped."""
    rows = _changed(
        predictions, lambda row: row.model == "fold1" and row.split == "validation", sick=False
    )
    with pytest.raises(DataError, match=r"fold1's validation .* hold no sick patient"):
        check_predictions(rows, models)
