"""The predictions of some files as an artifact, which any number of workers may make together."""

import functools
import hashlib
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jobs.artifacts.layout import PREDICTIONS
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe, canonical_json
from jobs.artifacts.run import Run
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import DataError
from jobs.common.prefetch import Prefetcher
from jobs.common.progress import Watch
from jobs.evaluation.rows import EXAM
from jobs.features.extract import Share
from jobs.model import tf_runtime
from jobs.predict.calibration import Calibration, read_calibration
from jobs.predict.exams import Exam, ExamImage, find_exams
from jobs.predict.files import InputFile
from jobs.predict.overlay import save_map
from jobs.predict.pixels import ReadImage, read_images
from jobs.predict.score import RawScores, Scorer, score_exam
from jobs.predict.table import FILE, Row, exam_rows, rows_from_json, rows_to_csv, rows_to_json

FORMAT = 1

_EXAMS, _MAPS = "exams", "maps"
_PROGRESS = "predict: images"


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        run: whose models.
        files: of which images.
        share: this worker's.
        maps: whether location maps are made, where the head is local.
    """

    run: Run
    files: Sequence[InputFile]
    share: Share
    maps: bool = False


def plan_predictions(request: Request) -> ArtifactPlan:
    """The plan of the predictions of some files.

    Raises:
        MissingInputError: the run's models or figures are not there.
        DataError: they are damaged, or no file is a DICOM file.
    """
    run = request.run
    models = run.require_models()
    evaluation = run.require_evaluation(models)
    left_out: list[Row] = []
    exams = find_exams(request.files, lambda file, why: left_out.append(_left_out(file, why)))
    if not exams:
        first = left_out[0].notes if left_out else "there are none"
        raise DataError(f"no file is a DICOM file; first: {first}: give mammograms")
    names = {file.sha256: file.name for file in request.files}
    inputs = {
        **{name: manifest.key for name, manifest in models.items()},
        "evaluation": evaluation.key,
        **{file.image_id: file.sha256 for file in request.files},
    }
    configuration = {
        # Names may name people: predictions.csv has them, and the manifest only their hash.
        "names": hashlib.sha256(canonical_json(names).encode()).hexdigest(),
        "maps": request.maps,
    }
    recipe = Recipe("predict", inputs, configuration, FORMAT)
    fill = functools.partial(_fill, request, exams, left_out)
    return ArtifactPlan(run.folder.predictions(recipe.key).folder, recipe, fill, in_workspace=True)


def _left_out(file: InputFile, why: str) -> Row:
    sys.stderr.write(f"mammo: left out: {why}\n")
    why = why.removeprefix(f"{file.path.name}: ")
    return Row(FILE, image=file.image_id, file=file.name, notes=why)


def _fill(
    request: Request, exams: Sequence[Exam], left_out: Sequence[Row], draft: Draft, watch: Watch
) -> None:
    folder = draft.folder / _EXAMS
    folder.mkdir(exist_ok=True)
    total = sum(len(exam.images) for exam in exams)
    missing = [exam for exam in request.share.order(exams) if not _file(folder, exam).exists()]
    if missing:
        _predict(request, missing, draft.folder, total, watch)
    rows = [row for exam in exams for row in rows_from_json(_file(folder, exam).read_bytes())]
    write_atomically(draft.folder / PREDICTIONS, rows_to_csv([*rows, *left_out]))
    draft.device, draft.determinism = tf_runtime.device(), dict(tf_runtime.determinism())


def _file(folder: Path, exam: Exam) -> Path:
    return folder / f"{exam.exam_id}.json"


def _predict(
    request: Request, exams: Sequence[Exam], draft: Path, total: int, watch: Watch
) -> None:
    """Writes the results of exams, each as soon as it is there."""
    run, folder = request.run, draft / _EXAMS
    scorer = Scorer(run, request.maps)
    calibration = read_calibration(run, scorer.models)
    done = total - sum(len(exam.images) for exam in exams)
    watch(_PROGRESS, done, total)
    with Prefetcher(read_images(_turns(exams, folder), run.study.data.window)) as images:
        for exam, group in itertools.groupby(images, lambda each: each[0][0]):
            results = _Results(exam, draft / _MAPS)
            for (_, image), read in group:
                results.add(image, read, scorer)
                done += 1
                watch(_PROGRESS, done, total)
            write_atomically(_file(folder, exam), rows_to_json(results.rows(scorer, calibration)))
    watch(_PROGRESS, total, total)


def _turns(exams: Iterable[Exam], folder: Path) -> Iterator[tuple[tuple[Exam, ExamImage], Path]]:
    """The images of the exams that no worker has finished when their turn comes."""
    for exam in exams:
        if not _file(folder, exam).exists():
            yield from (((exam, image), image.file.path) for image in exam.images)


class _Results:
    """What has been found of an exam so far."""

    def __init__(self, exam: Exam, maps: Path) -> None:
        self._exam, self._maps = exam, maps
        self._scores: dict[str, RawScores] = {}
        self._notes: dict[str, Sequence[str]] = {}
        self._left_out: list[Row] = []

    def add(self, image: ExamImage, read: ReadImage, scorer: Scorer) -> None:
        """Scores an image."""
        file = image.file
        if read.pixels is None:
            self._left_out.append(_left_out(file, read.problem))
            return
        raw = scorer.score(read.pixels)
        self._scores[file.image_id] = replace(raw, location_map=None)
        if raw.location_map:
            save_map(self._maps, file.image_id, read.pixels, raw)
        named = f"{file.path.name}: "
        self._notes[file.image_id] = [line.removeprefix(named) for line in read.warnings]

    def rows(self, scorer: Scorer, calibration: Calibration) -> list[Row]:
        """The rows of the exam's images that were read, and of the files that were not."""
        there = [each for each in self._exam.images if each.file.image_id in self._scores]
        if not there:
            return self._left_out
        exam = Exam(tuple(there))
        images = [
            (each.file.image_id, each.side, self._scores[each.file.image_id]) for each in there
        ]
        scores = score_exam(exam.exam_id, images, scorer.models, calibration)
        rows = exam_rows(exam, scores, calibration.context == EXAM, self._notes)
        return [*rows, *self._left_out]
