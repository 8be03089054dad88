"""A map's picture as a secondary capture in its image's study."""

import numpy as np
import pytest

from jobs.predict.dicom.library import unspoken
from jobs.predict.dicom.picture import make_picture
from jobs.predict.dicom.source import make_uid
from tests.jobs.predict.dicom.objects import exam_headers

PICTURE = np.random.default_rng(1).integers(0, 255, (48, 40, 3)).astype(np.uint8)
UID, SERIES = make_uid("picture"), make_uid("series")


def picture_of(header):
    with unspoken():
        return make_picture(header, PICTURE, "L", UID, SERIES, 1)


def test_it_is_of_the_images_study(tmp_path):
    """The same patient and study, a series of its own, and the image as its source."""
    header = next(iter(exam_headers(tmp_path).values()))
    made = picture_of(header)
    for name in ("PatientName", "PatientID", "StudyInstanceUID"):
        assert made[name].value == header[name].value
    assert made.SeriesInstanceUID == SERIES != header.SeriesInstanceUID
    assert made.SOPInstanceUID == UID
    (source,) = made.SourceImageSequence
    assert source.ReferencedSOPInstanceUID == header.SOPInstanceUID


def test_its_pixels(tmp_path):
    """They are the picture's, without loss."""
    made = picture_of(next(iter(exam_headers(tmp_path).values())))
    assert np.array_equal(made.pixel_array, PICTURE)


@pytest.mark.parametrize(("stated", "found"), [(["A", "FR"], ["A", "F"]), ([], None)])
def test_the_patients_orientation(tmp_path, stated, found):
    """As the image's, or empty where that is unknown."""
    header = next(iter(exam_headers(tmp_path, PatientOrientation=stated).values()))
    made = picture_of(header)
    assert (list(made.PatientOrientation or []) or None) == found
