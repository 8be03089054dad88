"""Images are joined to exams by patient and study; what is not said joins nothing."""

import pytest
from pydicom.dataset import Dataset

from jobs.predict.exams import find_exams
from jobs.predict.files import hash_files
from tests.jobs.predict.files import write_image
from tests.releases import make_rows, write_release


def never(file, why):
    raise AssertionError(why)


def test_by_patient_and_study(tmp_path):
    """One study of one patient is one exam, its images in the order of side and view."""
    files = [
        write_image(tmp_path / "1_a", "R", "MLO"),
        write_image(tmp_path / "2_b", "L", "CC"),
        write_image(tmp_path / "3_c", "L", "CC", StudyInstanceUID="2.25.99"),
        write_image(tmp_path / "4_d", "L", "CC", PatientID="P2"),
    ]
    exams = find_exams(files, never)
    assert sorted(len(exam.images) for exam in exams) == [1, 1, 2]
    (pair,) = (exam for exam in exams if len(exam.images) == 2)
    assert [(image.side, image.view) for image in pair.images] == [("L", "CC"), ("R", "MLO")]


def test_an_exam_is_named_by_its_images(tmp_path):
    """Its name is the same in any order, and nothing in it comes from tags."""
    one = write_image(tmp_path / "1_a", "L", "CC")
    two = write_image(tmp_path / "2_b", "L", "MLO")
    (exam,), (again,) = find_exams([one, two], never), find_exams([two, one], never)
    assert exam.exam_id == again.exam_id
    assert len(exam.exam_id) == 16 and int(exam.exam_id, 16)
    (alone,) = find_exams([one], never)
    assert alone.exam_id != exam.exam_id


def test_inbreast_has_its_patients_in_names(tmp_path):
    """Without tags, files that are named as INbreast's are joined by patient; side and view too."""
    release = write_release(tmp_path, make_rows(patients=2, sick=1))
    files = hash_files((path, path.name) for path in (release / "AllDICOMs").iterdir())
    exams = find_exams(files, never)
    assert [[image.view for image in exam.images] for exam in exams] == [["CC", "MLO"]] * 2
    assert {image.side for exam in exams for image in exam.images} == {"L", "R"}


@pytest.mark.parametrize(
    ("tags", "joined"),
    [
        ({"ImageLaterality": "", "StudyInstanceUID": "2.25.11"}, False),
        ({"StudyInstanceUID": ""}, False),
        ({"ImageLaterality": "", "Laterality": "R"}, True),
        ({"ImageLaterality": "B"}, False),
    ],
)
def test_what_is_unknown_joins_nothing(tmp_path, tags, joined):
    """Without a study, or without a side, an image is an exam of its own."""
    files = [write_image(tmp_path / "1_a"), write_image(tmp_path / "2_b", **tags)]
    exams = find_exams(files, never)
    assert len(exams) == (1 if joined else 2)
    if tags.get("ImageLaterality") and not joined:
        notes = [note for exam in exams for image in exam.images for note in image.notes]
        assert notes == ["side unknown: joined to no other image"]


def test_view_codes_and_modifiers(tmp_path):
    """The projection by its code (PS3.16 CID 4014), and what a reader must know (CID 4015)."""
    modifier, code = Dataset(), Dataset()
    modifier.CodeValue, code.CodeValue = "399163009", "399368009"
    code.ViewModifierCodeSequence = [modifier]
    file = write_image(
        tmp_path / "1_a", view="", ViewCodeSequence=[code], BreastImplantPresent="YES"
    )
    ((image,),) = (exam.images for exam in find_exams([file], never))
    assert (image.view, image.notes) == ("MLO", ("magnified", "implant"))


def test_a_view_that_is_free_text(tmp_path):
    """It is taken for unknown, as free text may hold anything."""
    file = write_image(tmp_path / "1_a", ViewPosition="JANE DOE")
    ((image,),) = (exam.images for exam in find_exams([file], never))
    assert image.view == ""


def test_a_file_that_is_no_dicom(tmp_path):
    """It is told, and the others are found."""
    (tmp_path / "note.txt").write_text("a shopping list")
    told = []
    files = [
        *hash_files([(tmp_path / "note.txt", "note.txt")]),
        write_image(tmp_path / "1_a"),
    ]
    assert len(find_exams(files, lambda file, why: told.append((file.name, why)))) == 1
    ((name, why),) = told
    assert name == "note.txt" and why.startswith("note.txt: must be a DICOM file")
