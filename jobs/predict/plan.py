"""The predictions of some files as an artifact, which any number of workers may make together."""

import functools
import hashlib
import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.layout import PREDICTIONS, Location
from jobs.artifacts.plan import ArtifactPlan, NothingToMake, Plan, PlanChain
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe, canonical_json
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import DataError
from jobs.common.prefetch import Prefetcher
from jobs.common.progress import Watch
from jobs.features.extract import Share
from jobs.model import tf_runtime
from jobs.predict.exams import Exam, ExamImage, find_exams
from jobs.predict.files import InputFile
from jobs.predict.pixels import read_images
from jobs.predict.predictor import Predictor
from jobs.predict.reference_plan import ReferenceSource
from jobs.predict.results import ExamResults
from jobs.predict.table import FILE, Row, left_out, rows_from_json, rows_to_csv, rows_to_json

FORMAT = 1

_EXAMS, _MAPS = "exams", "maps"
_PROGRESS = "predict: images"


class NoMammogramError(DataError):
    """None of the files could be predicted: what is wrong with each was told."""


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        predictor: by whose models.
        files: of which images.
        share: this worker's.
        dicom: the folder of DICOM objects; None where none are made.
    """

    predictor: Predictor
    files: Sequence[InputFile]
    share: Share
    dicom: Path | None = None


def plan_request(request: Request) -> PlanChain:
    """The plan of the predictions, and of their DICOM objects; errors as `plan_predictions`'s."""
    predictions = plan_predictions(request)
    plans: list[Callable[[], Plan]] = [lambda: predictions]
    if request.dicom:
        from jobs.predict.dicom.export import DicomPlan

        there = Location(predictions.target, "mammo predict")
        objects = DicomPlan(request.dicom, request.predictor.run, request.files, there)
        plans.append(lambda: objects)
    return PlanChain(plans)


def plan_predictions(request: Request) -> ArtifactPlan:
    """The plan of the predictions of some files.

    Raises:
        MissingInputError: the run's models or figures are not there.
        DataError: they are damaged, or no file is a DICOM file.
    """
    predictor, run = request.predictor, request.predictor.run
    models = run.require_models()
    evaluation = run.require_evaluation(models)
    strays: list[Row] = []
    exams = find_exams(request.files, lambda file, why: strays.append(left_out(file, why)))
    if not exams:
        first = f"{strays[0].file}: {strays[0].notes}" if strays else "there are none"
        raise NoMammogramError(f"no file is a DICOM file; first: {first}: give mammograms")
    names = {file.sha256: file.name for file in request.files}
    inputs = {
        **{name: manifest.key for name, manifest in models.items()},
        "evaluation": evaluation.key,
        **_reference_key(predictor.reference),
        **({"calibration": predictor.site.sha256} if predictor.site else {}),
        **{file.image_id: file.sha256 for file in request.files},
    }
    configuration = {
        # Names may name people: predictions.csv has them, and the manifest only their hash.
        "names": hashlib.sha256(canonical_json(names).encode()).hexdigest(),
        "maps": predictor.maps,
    }
    recipe = Recipe("predict", inputs, configuration, FORMAT)
    fill = functools.partial(_fill, request, exams, strays)
    return ArtifactPlan(run.folder.predictions(recipe.key).folder, recipe, fill, in_workspace=True)


def _reference_key(reference: ReferenceSource | NothingToMake) -> dict[str, str]:
    return {} if isinstance(reference, NothingToMake) else {"reference": reference.recipe.key}


def _fill(
    request: Request, exams: Sequence[Exam], strays: Sequence[Row], draft: Draft, watch: Watch
) -> None:
    folder = draft.folder / _EXAMS
    folder.mkdir(exist_ok=True)
    total = sum(len(exam.images) for exam in exams)
    missing = [exam for exam in request.share.order(exams) if not _file(folder, exam).exists()]
    if missing:
        _predict(request, missing, draft.folder, total, watch)
    rows = [row for exam in exams for row in rows_from_json(_file(folder, exam).read_bytes())]
    rows += strays
    if all(row.level == FILE for row in rows):
        shutil.rmtree(draft.folder)
        raise NoMammogramError(
            f"no file could be predicted; first: {rows[0].file}: {rows[0].notes}: give mammograms"
        )
    write_atomically(draft.folder / PREDICTIONS, rows_to_csv(rows))
    draft.device, draft.determinism = tf_runtime.device(), dict(tf_runtime.determinism())


def _file(folder: Path, exam: Exam) -> Path:
    return folder / f"{exam.exam_id}.json"


def _predict(
    request: Request, exams: Sequence[Exam], draft: Path, total: int, watch: Watch
) -> None:
    """Writes the results of exams, each as soon as it is there."""
    predictor, folder = request.predictor, draft / _EXAMS
    window = predictor.run.study.data.window
    done = total - sum(len(exam.images) for exam in exams)
    watch(_PROGRESS, done, total)
    with Prefetcher(read_images(_turns(exams, folder), window)) as images:
        for exam, group in itertools.groupby(images, lambda each: each[0][0]):
            results = ExamResults(exam, predictor, draft / _MAPS)
            for (_, image), read in group:
                results.add(image, read)
                done += 1
                watch(_PROGRESS, done, total)
            write_atomically(_file(folder, exam), rows_to_json(results.rows()))
    watch(_PROGRESS, total, total)


def _turns(exams: Iterable[Exam], folder: Path) -> Iterator[tuple[tuple[Exam, ExamImage], Path]]:
    """The images of the exams that no worker has finished when their turn comes."""
    for exam in exams:
        if not _file(folder, exam).exists():
            yield from (((exam, image), image.file.path) for image in exam.images)
