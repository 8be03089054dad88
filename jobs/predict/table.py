"""predictions.csv of new images: a row for each image, breast and exam, and for each file left out.

Results of an exam are kept as JSON until all exams are there, so that many workers can make them.
"""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from jobs.predict.calibration import Score
from jobs.predict.exams import Exam, ExamImage
from jobs.predict.files import InputFile
from jobs.predict.reference import Distance
from jobs.predict.score import ExamScores

IMAGE, BREAST, EXAM = "image", "breast", "exam"
"""The levels; an exam's score is a patient's, as `jobs.evaluation.levels` calls it."""

FILE = "file"
"""The level of a file that was left out."""


@dataclass(frozen=True)
class Row:
    """A row of predictions.csv.

    Attributes:
        level: image, breast or exam; file, if it was left out.
        exam: the exam's name, of the images that it has.
        side: L or R; "" if unknown, or of both.
        view: an image's projection, or "".
        image: an image's name, the beginning of its file's SHA-256.
        file: its name, as it was given.
        probability: of sick, calibrated as the run's figures are; None of a file.
        threshold: at or above it, it is called sick.
        sick: whether it is.
        least, most: of the models' probabilities.
        images: how many images the score was made from.
        outside: how far the image is from those that the models were trained on, the farthest one
            of a breast or exam: at 1 and above it is outside. None if it was not measured.
        notes: what a reader should know, separated by semicolons.
    """

    level: str
    exam: str = ""
    side: str = ""
    view: str = ""
    image: str = ""
    file: str = ""
    probability: float | None = None
    threshold: float | None = None
    sick: bool | None = None
    least: float | None = None
    most: float | None = None
    images: int = 0
    outside: float | None = None
    notes: str = ""

    @property
    def is_outside(self) -> bool | None:
        """Whether it is outside what the models were trained on; None if it was not measured."""
        return None if self.outside is None else Distance(self.outside, "").is_outside


COLUMNS = tuple(field.name for field in fields(Row))


def exam_rows(
    exam: Exam,
    scores: ExamScores,
    distances: Mapping[str, Distance],
    with_exam: bool,
    notes: Mapping[str, Sequence[str]],
) -> list[Row]:
    """The rows of one exam: its images, its breasts, itself.

    Args:
        exam: its images are those that were read.
        scores: of all of them.
        distances: of each image from the training images, if they were measured.
        with_exam: whether an image's score is made from all of the exam.
        notes: of each image, by its id.
    """
    count, name = len(exam.images), exam.exam_id
    alone = ["alone: no other image of its exam"] if with_exam and count == 1 else []
    rows = [
        _row(
            scores.images[image.file.image_id],
            level=IMAGE,
            exam=name,
            side=image.side,
            view=image.view,
            image=image.file.image_id,
            file=image.file.name,
            images=count if with_exam else 1,
            **_outside([image], distances, [*image.notes, *alone, *notes[image.file.image_id]]),
        )
        for image in exam.images
    ]
    for side, score in scores.breasts.items():
        own = [image for image in exam.images if image.side == side]
        rows.append(
            _row(
                score,
                level=BREAST,
                exam=name,
                side=side,
                images=count if with_exam else len(own),
                **_outside(own, distances, _missing_views(own)),
            )
        )
    sides = [] if {"L", "R"} <= scores.breasts.keys() else ["one breast alone"]
    rows.append(
        _row(
            scores.exam,
            level=EXAM,
            exam=name,
            images=count,
            **_outside(exam.images, distances, sides),
        ),
    )
    return rows


def _outside(
    images: Sequence[ExamImage], distances: Mapping[str, Distance], notes: Sequence[str]
) -> dict[str, Any]:
    """The columns `outside` and `notes` of some images' row."""
    ids = (image.file.image_id for image in images)
    found = [distances[image_id] for image_id in ids if image_id in distances]
    if not found:
        return {"notes": "; ".join(notes)}
    farthest = max(found, key=lambda each: each.value)
    warning = [f"outside what it was trained on ({farthest.depth})"] if farthest.is_outside else []
    return {"outside": farthest.value, "notes": "; ".join([*warning, *notes])}


def left_out(file: InputFile, why: str) -> Row:
    """The row of a file that is no mammogram; stderr has the line that says why, too."""
    sys.stderr.write(f"mammo: left out: {why}\n")
    why = why.removeprefix(f"{file.path.name}: ")
    return Row(FILE, image=file.image_id, file=file.name, notes=why)


def _missing_views(images: Iterable[ExamImage]) -> list[str]:
    there = {image.view for image in images}
    missing = [view for view in ("CC", "MLO") if view not in there]
    return [f"no {' and no '.join(missing)}"] if missing else []


def _row(score: Score, **values: object) -> Row:
    return Row(
        probability=score.probability,
        threshold=score.threshold,
        sick=score.is_sick,
        least=score.least,
        most=score.most,
        **values,  # type: ignore[arg-type]
    )


def rows_to_json(rows: Iterable[Row]) -> bytes:
    """Rows as `rows_from_json` reads them."""
    return (json.dumps([asdict(row) for row in rows], indent=1, sort_keys=True) + "\n").encode()


def rows_from_json(content: bytes) -> list[Row]:
    """The rows of one exam."""
    return [Row(**values) for values in json.loads(content)]


def rows_to_csv(rows: Iterable[Row]) -> bytes:
    """predictions.csv: UTF-8, LF, numbers with all their digits, what is unknown left blank."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])
    return text.getvalue().encode()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    return "" if value is None else value


def read_rows(path: Path) -> list[Row]:
    """The rows of a predictions.csv that `rows_to_csv` made."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_parse(values) for values in csv.DictReader(file)]


def _parse(values: Mapping[str, str]) -> Row:
    numbers = {
        name: float(values[name]) if values[name] else None
        for name in ("probability", "threshold", "least", "most", "outside")
    }
    sick = bool(int(values["sick"])) if values["sick"] else None
    texts = {name: values[name] for name in ("level", "exam", "side", "view", "image", "file")}
    given: dict[str, Any] = {**texts, **numbers, "notes": values["notes"]}
    return Row(**given, sick=sick, images=int(values["images"]))
