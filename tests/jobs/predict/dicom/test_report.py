"""A structured report of an exam, as PS3.16 TID 1500 has it."""

import shutil
import subprocess

import highdicom
import pytest
from pydicom.sr.codedict import codes

from jobs.predict.dicom.library import unspoken
from jobs.predict.dicom.report import Algorithm, make_report
from jobs.predict.dicom.source import make_uid
from tests.jobs.predict.dicom.objects import exam_headers, exam_rows

ALGORITHM = Algorithm("1.2.3", "ab" * 32, (4, 5, 6))


def report_of(headers, outside=0.5):
    with unspoken():
        return make_report(exam_rows(headers, outside), headers, [], ALGORITHM, make_uid("report"))


@pytest.fixture
def headers(tmp_path):
    """Of the two images of an exam."""
    return exam_headers(tmp_path)


def groups_of(report, tmp_path):
    """The groups of measurements, read again from a file."""
    report.save_as(tmp_path / "report.dcm")
    read = highdicom.sr.srread(tmp_path / "report.dcm")
    return read.content.get_image_measurement_groups()


def test_it_is_of_the_images_study(headers):
    """The same patient and study, a series of its own, both images as evidence."""
    report, header = report_of(headers), next(iter(headers.values()))
    assert (report.PatientID, report.StudyInstanceUID) == ("P1", header.StudyInstanceUID)
    assert report.SeriesInstanceUID != header.SeriesInstanceUID
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    named = {item.ReferencedSOPInstanceUID for item in series.ReferencedSOPSequence}
    assert named == {each.SOPInstanceUID for each in headers.values()}
    assert (report.CompletionFlag, report.VerificationFlag) == ("COMPLETE", "UNVERIFIED")


def test_what_it_says(headers, tmp_path):
    """Of each image, breast and the exam: probability, threshold, call, and who computed it."""
    groups = groups_of(report_of(headers), tmp_path)
    assert len(groups) == 4
    for group in groups:
        values = {each.name.meaning: each.value for each in group.get_measurements()}
        assert values == {
            "Probability of BI-RADS 4, 5, 6": 0.7,
            "Threshold of the probability": 0.5,
        }
        said = {each.name.meaning: each.value for each in group.get_qualitative_evaluations()}
        assert said == {
            "At or above the threshold": codes.SCT.Yes,
            "Outside what the models were trained on": codes.SCT.No,
        }
    texts = [each.value for each in report_of(headers).iterall() if each.keyword == "TextValue"]
    assert {f"run {'ab' * 32}", "research software"} <= set(texts)


@pytest.mark.parametrize(("outside", "said"), [(1.5, codes.SCT.Yes), (None, None)])
def test_what_is_outside(headers, tmp_path, outside, said):
    """The warning is in the report; where it was not measured, nothing is said of it."""
    group = groups_of(report_of(headers, outside), tmp_path)[0]
    found = {each.name.value: each.value for each in group.get_qualitative_evaluations()}
    assert found.get("outside") == said


@pytest.mark.skipif(not shutil.which("dciodvfy"), reason="dciodvfy (dicom3tools) is not there")
def test_a_validator_finds_no_error(headers, tmp_path):
    """dciodvfy of Debian's dicom3tools; it warns of codes that are our own."""
    report_of(headers).save_as(tmp_path / "report.dcm")
    done = subprocess.run(
        ["dciodvfy", "-new", tmp_path / "report.dcm"], capture_output=True, text=True, check=False
    )
    assert "ComprehensiveSR" in done.stderr
    assert "Error" not in done.stderr
