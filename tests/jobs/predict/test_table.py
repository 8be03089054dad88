"""The rows of predictions.csv."""

import csv
import io
from pathlib import Path

import pytest

from jobs.predict.calibration import Score
from jobs.predict.exams import Exam, ExamImage
from jobs.predict.files import InputFile
from jobs.predict.reference import Distance
from jobs.predict.score import ExamScores
from jobs.predict.table import (
    exam_rows,
    left_out,
    read_rows,
    rows_from_json,
    rows_to_csv,
    rows_to_json,
)


def image(digit, side, view, notes=()):
    return ExamImage(InputFile(Path("a.dcm"), f"{digit}.dcm", digit * 64), side, view, notes)


LOW, HIGH = Score(0.2, 0.5, 0.1, 0.3), Score(0.7, 0.5, 0.6, 0.8)


def rows_of(images, distances=None, with_exam=True):
    ids = [each.file.image_id for each in images]
    sides = {each.side for each in images}
    scores = ExamScores(dict.fromkeys(ids, LOW), dict.fromkeys(sorted(sides), LOW), HIGH)
    notes = {image_id: ["a warning"] for image_id in ids}
    return exam_rows(Exam(tuple(images)), scores, distances or {}, with_exam, notes)


def test_a_whole_exam():
    """A row each image, breast and exam, with how many images it was made from."""
    rows = rows_of(
        [
            image(d, s, v)
            for d, s, v in (
                ("1", "L", "CC"),
                ("2", "L", "MLO"),
                ("3", "R", "CC"),
                ("4", "R", "MLO"),
            )
        ]
    )
    assert [row.level for row in rows] == ["image"] * 4 + ["breast"] * 2 + ["exam"]
    assert {row.images for row in rows} == {4}
    assert (rows[-1].probability, rows[-1].sick, rows[0].sick) == (0.7, True, False)
    assert [row.notes for row in rows] == ["a warning"] * 4 + [""] * 3
    assert all(row.is_outside is None for row in rows)


def test_an_image_alone():
    """It says so, where its score would have been made from all of its exam."""
    alone, breast, exam = rows_of([image("1", "L", "CC", ("magnified",))])
    assert alone.notes == "magnified; alone: no other image of its exam; a warning"
    assert (breast.notes, exam.notes) == ("no MLO", "one breast alone")
    assert rows_of([image("1", "L", "CC")], with_exam=False)[0].notes == "a warning"


def test_the_farthest_image_counts():
    """Of a breast or an exam; from 1 on it is outside, in words too."""
    images = [image("1", "L", "CC"), image("2", "R", "CC")]
    far, near = Distance(1.5, "mixed4"), Distance(0.5, "mixed0")
    found = rows_of(images, {images[0].file.image_id: far, images[1].file.image_id: near})
    assert [row.outside for row in found] == [1.5, 0.5, 1.5, 0.5, 1.5]
    assert [row.is_outside for row in found] == [True, False, True, False, True]
    assert found[-1].notes.startswith("outside what it was trained on (mixed4)")


def test_tables_are_read_as_written(tmp_path):
    """As csv and as JSON, numbers with all their digits."""
    rows = rows_of([image("1", "L", "CC")], {"1" * 16: Distance(0.1 + 0.2, "mixed0")})
    (tmp_path / "p.csv").write_bytes(rows_to_csv(rows))
    assert read_rows(tmp_path / "p.csv") == rows == rows_from_json(rows_to_json(rows))
    table = list(csv.DictReader(io.StringIO(rows_to_csv(rows).decode())))
    assert table[0]["sick"] == "0" and table[0]["outside"] == "0.30000000000000004"


def test_a_file_that_was_left_out(capsys, tmp_path):
    """It has a row with the reason, and a line on stderr."""
    file = InputFile(tmp_path / "a.dcm", "below/a.dcm", "5" * 64)
    row = left_out(file, "a.dcm: is no mammogram")
    assert (row.level, row.file, row.notes) == ("file", "below/a.dcm", "is no mammogram")
    assert row.probability is None
    assert capsys.readouterr().err == "mammo: left out: a.dcm: is no mammogram\n"


@pytest.mark.parametrize("value", [0.99, 1.0])
def test_the_limit_is_outside(value):
    """At 1 and above."""
    assert Distance(value, "").is_outside == (value >= 1)
