"""What the dataset's manifest notes of a release."""

from pathlib import Path

import pytest

from jobs.data.release_notes import note_release
from jobs.evaluation.findings import Finding, read_findings
from mammo_tfds.release.contours import Contour
from mammo_tfds.release.release import Record, Release


@pytest.fixture
def release(tmp_path):
    """Two images of one patient: one with a mass and a calcification, one with nothing drawn."""
    square = Contour("mass", "Mass", ((0.0, 0.0), (30.0, 0.0), (30.0, 40.0), (0.0, 40.0)))
    point = Contour("calcification", "Calcification", ((5.0, 5.0),))
    records = [
        Record(str(number), "0" * 16, "L", "CC", "5", 2, contours, Path(f"{number}.dcm"))
        for number, contours in enumerate([(square, point), ()])
    ]
    return Release(tmp_path, tuple(records), (), table=tmp_path / "INbreast.csv")


def test_counts_and_findings(release):
    """Kinds, and the largest diameter in pixels: the square's diagonal."""
    notes = note_release(release)
    assert notes["release"] == {"images": 2, "patients": 1}
    assert notes["findings"] == {"0": {"kinds": ["calcification", "mass"], "extent": 50.0}}


def test_the_evaluation_reads_them(release):
    """The two sides agree on their form."""
    assert read_findings(note_release(release)) == {"0": Finding(("calcification", "mass"), 50.0)}


def test_a_synthetic_release_is_noted(release, tmp_path):
    """By the first word of its README.txt."""
    assert note_release(release)["synthetic"] is False
    (tmp_path / "README.txt").write_text("SYNTHETIC. No image here is of a person.\n")
    assert note_release(release)["synthetic"] is True


def test_no_word_of_a_radiologist_is_noted(release):
    """Kinds are this program's own; the words are free text."""
    assert "Mass" not in str(note_release(release))
