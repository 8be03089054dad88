"""What new objects take of an image, and what they are named by."""

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.errors import DataError
from jobs.predict.dicom.source import make_uid, read_header
from tests.jobs.predict.files import NAME, write_image


def test_what_is_kept(tmp_path):
    """Patient and study; no pixels. What every object must have is there, if empty."""
    header = read_header(write_image(tmp_path / "1_a").path)
    assert (header.PatientName, header.StudyInstanceUID) == (NAME, "2.25.11")
    assert "PixelData" not in header
    assert header["AccessionNumber"].is_empty


def test_values_that_are_not_allowed_are_emptied(tmp_path):
    """A new object would repeat them: a date with letters, a sex that is a sentence."""
    path = tmp_path / "1_a"
    with pytest.warns(UserWarning):
        write_image(path, PatientBirthDate="196001xx", PatientSex="not known to us at all")
    header = read_header(path)
    assert header["PatientBirthDate"].is_empty and header["PatientSex"].is_empty


@pytest.mark.parametrize("name", ["PatientID", "StudyInstanceUID"])
def test_of_no_study(tmp_path, name):
    """Without what names patient and study no object can be made; the tag is named."""
    path = write_image(tmp_path / "1_a", **{name: ""}).path
    with pytest.raises(DataError, match=f"1_a: must have {name}: without"):
        read_header(path)


def test_a_file_that_is_no_dicom(tmp_path):
    """One line that names the file."""
    (tmp_path / "note.txt").write_text("a shopping list")
    with pytest.raises(DataError, match=r"^note\.txt: "):
        read_header(tmp_path / "note.txt")


@given(st.lists(st.text(alphabet="0123456789abcdef", min_size=1), min_size=1, max_size=4))
def test_uids(parts):
    """Valid ones (PS3.5 9.1), and others for other parts."""
    uid = make_uid(*parts)
    assert uid.is_valid and len(uid) <= 64
    assert uid != make_uid(*parts, "more")
    assert isinstance(uid, pydicom.uid.UID)
