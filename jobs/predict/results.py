"""The results of one exam, image by image."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from jobs.evaluation.rows import EXAM
from jobs.predict.exams import Exam, ExamImage
from jobs.predict.overlay import save_map
from jobs.predict.pixels import ReadImage
from jobs.predict.predictor import Predictor
from jobs.predict.reference import Distance
from jobs.predict.score import RawScores, score_exam
from jobs.predict.table import Row, exam_rows, left_out


class ExamResults:
    """What has been found of an exam so far."""

    def __init__(self, exam: Exam, predictor: Predictor, maps: Path) -> None:
        """`maps` is the folder that maps are written to."""
        self._exam, self._predictor, self._maps = exam, predictor, maps
        self._scores: dict[str, RawScores] = {}
        self._distances: dict[str, Distance] = {}
        self._notes: dict[str, Sequence[str]] = {}
        self._left_out: list[Row] = []

    def add(self, image: ExamImage, read: ReadImage) -> None:
        """Scores an image."""
        file, predictor = image.file, self._predictor
        if read.pixels is None:
            self._left_out.append(left_out(file, read.problem))
            return
        raw = predictor.scorer.score(read.pixels)
        self._scores[file.image_id] = replace(raw, location_map=None)
        if raw.location_map:
            save_map(self._maps, file.image_id, read.pixels, raw)
        if predictor.familiarity:
            self._distances[file.image_id] = predictor.familiarity.distance(read.pixels)
        named = f"{file.path.name}: "
        self._notes[file.image_id] = [line.removeprefix(named) for line in read.warnings]

    def rows(self) -> list[Row]:
        """The rows of the exam's images that were read, and of the files that were not."""
        there = [each for each in self._exam.images if each.file.image_id in self._scores]
        if not there:
            return self._left_out
        exam, calibration = Exam(tuple(there)), self._predictor.calibration
        images = [
            (each.file.image_id, each.side, self._scores[each.file.image_id]) for each in there
        ]
        scores = score_exam(exam.exam_id, images, self._predictor.scorer.models, calibration)
        with_exam = calibration.context == EXAM
        rows = exam_rows(exam, scores, self._distances, with_exam, self._notes)
        if self._predictor.site:
            rows = [self._predictor.site.calibrate(row) for row in rows]
        return [*rows, *self._left_out]
