"""The flow of images and patients."""

import pytest

from jobs.evaluation.cohort import count_images
from jobs.evaluation.flow import MOST_REASONS, describe_flow

NOTES = {
    "release": {"images": 200, "patients": 50},
    "left_out": ["1.dcm: cut off", "2.dcm: blank", "3.dcm: cut off"],
}


def test_counts_are_those_of_the_splits(predictions, models):
    """Folds and test set together are what was studied."""
    flow = describe_flow(predictions, models, NOTES)
    counts = count_images(predictions, models)
    for title, key in (("Images", "images"), ("Patients", "patients")):
        *folds, test, everybody = counts.row(title, "all")
        assert flow["folds"][key] == sum(folds) and flow["test"][key] == test
        assert flow["studied"][key] == everybody
        *folds, test, _ = counts.row(title, "sick")
        assert flow["folds"]["sick"][key] == sum(folds) and flow["test"]["sick"][key] == test
    assert flow["folds"]["number"] == 3 and flow["release"] == NOTES["release"]


def test_labels_share_the_images_not_the_patients(predictions, models):
    """Each image has one label; a patient may have images of both."""
    folds = describe_flow(predictions, models, {})["folds"]
    assert folds["sick"]["images"] + folds["healthy"]["images"] == folds["images"]
    assert folds["sick"]["patients"] + folds["healthy"]["patients"] > folds["patients"]


def test_reasons_are_counted_and_files_not_named(predictions, models):
    """The commonest first; beyond some, the rest is summed up."""
    flow = describe_flow(predictions, models, NOTES)
    assert flow["left_out"] == [
        {"reason": "cut off", "images": 2},
        {"reason": "blank", "images": 1},
    ]
    many = {"left_out": [f"{n}.dcm: reason {n}" for n in range(MOST_REASONS + 3)]}
    *_, rest = describe_flow(predictions, models, many)["left_out"]
    assert rest == {"reason": "other reasons", "images": 3}


def test_images_of_other_projections_are_accounted_for(predictions, models):
    """What comes in is what was left out and what was studied, together."""
    flow = describe_flow(predictions, models, NOTES, select_projection=True)
    assert flow["left_out"][-1]["reason"] == "another projection"
    assert sum(each["images"] for each in flow["left_out"]) + flow["studied"]["images"] == 200
    assert not describe_flow(predictions, models, {}, select_projection=True)["left_out"]


@pytest.mark.parametrize("notes", [{}, {"left_out": []}])
def test_an_unknown_release_is_none(predictions, models, notes):
    """A dataset of an earlier version, or none."""
    assert describe_flow(predictions, models, notes)["release"] is None
