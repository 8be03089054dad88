"""The plan of a model's explanations: maps of some images by some methods, and their table."""

import csv
import functools
import io
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jobs.artifacts.layout import MAMMOGRAM, TITLES
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import EXPLANATIONS_FORMAT, Run
from jobs.common.atomic_write import write_atomically
from jobs.common.prefetch import BackgroundCall
from jobs.common.progress import Watch
from jobs.common.types import Array
from jobs.config.names import ALL
from jobs.data.dataset import Dataset, Image, is_sick
from jobs.explain.extras import EXTRAS
from jobs.explain.finished import Finished
from jobs.explain.methods import METHODS
from jobs.explain.picture import Mammogram
from jobs.explain.request import Request
from jobs.explain.store import Explanation, explanation_file, read_explanation, to_bytes
from jobs.explain.subjects import Subject, read_subjects
from jobs.explain.target import ExplainedModel
from jobs.features.extract import Share
from jobs.model import tf_runtime
from jobs.model.trained import TrainedModel, load_trained

TABLE = "explanations.csv"
SECONDS = "seconds"
"""The note of how long the call that published took for one map, by method."""

_REMEDY = "remove it, and run again"


def plan_explanations(run: Run, dataset: Dataset, request: Request, share: Share) -> ArtifactPlan:
    """The plan, which any number of workers may carry out together.

    Raises:
        MissingInputError: the model is not there; names the command that trains it.
    """
    manifest = run.require_model(request.model)
    configuration: dict[str, Any] = {
        "images": [image.image_id for image in request.images],
        "methods": list(request.methods),
        "options": {name: dict(each) for name, each in request.options.items()},
        "extras": list(request.extras),
    }
    if "checks" in request.extras:
        configuration["checked_patients"] = request.checked_patients
    folds = _other_folds(run, request)
    inputs = {"model": manifest.key, "dataset": dataset.key, **folds}
    recipe = Recipe("explain", inputs, configuration, EXPLANATIONS_FORMAT)

    def fill(draft: Draft, watch: Watch) -> None:
        _Worker(run, dataset, request, list(folds), draft, watch).work(share)

    folder = run.folder.explanations(request.model).folder
    return ArtifactPlan(folder, recipe, fill, _REMEDY, in_workspace=True)


def _other_folds(run: Run, request: Request) -> dict[str, str]:
    """The keys of the other folds' models, as far as they are trained, if an extra reads them."""
    if not any(EXTRAS[name].folds for name in request.extras):
        return {}
    others = (name for name in run.study.models() if name not in (request.model, ALL))
    found = {name: read_manifest(run.folder.model(name).folder) for name in others}
    return {name: manifest.key for name, manifest in found.items() if manifest}


class _Worker:
    """One of those who explain, each from its own share of the images on."""

    def __init__(
        self,
        run: Run,
        dataset: Dataset,
        request: Request,
        folds: Sequence[str],
        draft: Draft,
        watch: Watch,
    ) -> None:
        self._run, self._dataset, self._request, self._folds = run, dataset, request, folds
        self._draft, self._watch = draft, watch
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._maps = 0

    def work(self, share: Share) -> None:
        """Explains what no other has, and writes the table when all is done."""
        images = self._request.images
        missing = [each for each in share.order(images) if not self._file(each).exists()]
        done = len(images) - len(missing)
        self._watch("explain: images", done, len(images))
        if missing:
            target = None
            with BackgroundCall(self._keep) as keep:
                for subject in read_subjects(self._run.study, self._dataset, missing):
                    target = target or ExplainedModel.of(self._model, subject.breast)
                    top = self._run.study.head.top
                    if not self._file(subject.image).exists():
                        keep(subject, *self._explain(target.at(subject.breast, top), subject))
                    done += 1
                    self._watch("explain: images", done, len(images))
        self._finish()

    def _explain(self, target: ExplainedModel, subject: Subject) -> tuple[float, dict[str, Array]]:
        """The logit, and the maps by the methods' names."""
        maps = {}
        for name in self._request.methods:
            if METHODS[name].applies(target):
                begun = time.monotonic()
                options = self._request.options.get(name, {})
                maps[name] = METHODS[name].explain(target, subject.view, **options)
                self._seconds[name] += time.monotonic() - begun
        self._maps += 1
        return target.logits(subject.view).item(), maps

    def _keep(self, subject: Subject, logit: float, maps: dict[str, Array]) -> None:
        """Writes an image's maps, and pictures of them."""
        self._draw(subject, maps)
        content = to_bytes(Explanation(subject.image.image_id, logit, subject.geometry, maps))
        # Last: it says that the image is done.
        write_atomically(self._file(subject.image), content)

    def _draw(self, subject: Subject, maps: dict[str, Array]) -> None:
        image = subject.image
        contours = self._dataset.contours(image)
        pixels = self._dataset.pixels(image)
        drawing = Mammogram(pixels, subject.reduced.window, subject.geometry, contours)
        pictures = {name: drawing.draw(each, METHODS[name].signed) for name, each in maps.items()}
        for name, content in {MAMMOGRAM: drawing.plain(), **pictures}.items():
            write_atomically(self._draft.folder / f"{image.image_id}.{name}.png", content)

    def _finish(self) -> None:
        """Writes what is made of all images' maps."""
        self._draft.device, self._draft.determinism = tf_runtime.device(), tf_runtime.determinism()
        self._draft.notes[SECONDS] = {
            name: round(total / self._maps, 2) for name, total in self._seconds.items()
        }
        self._draft.notes[TITLES] = {name: METHODS[name].title for name in self._request.methods}
        table = explanations_csv(self._run, self._request, self._draft.folder)
        write_atomically(self._draft.folder / TABLE, table)
        for name in self._request.extras:
            finished = Finished(
                self._run,
                self._dataset,
                self._request,
                self._model,
                self._draft.folder,
                self._watch,
                self._folds,
            )
            for file, content in EXTRAS[name].make(finished):
                path = self._draft.folder / file
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(path, content)

    @functools.cached_property
    def _model(self) -> TrainedModel:
        return load_trained(self._run, self._request.model)

    def _file(self, image: Image) -> Path:
        return explanation_file(self._draft.folder, image.image_id)


def explanations_csv(run: Run, request: Request, folder: Path) -> bytes:
    """The table: a row for each map, with where it is highest, in the image's pixels."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("image_id", "sick", "logit", "method", "sum", "highest", "x", "y"))
    for image in request.images:
        found = read_explanation(folder, image.image_id)
        sick = int(is_sick(run.study, image))
        for name, values in found.maps.items():
            row, column = np.unravel_index(np.argmax(values), values.shape)
            point = found.geometry.to_image(np.array([[column + 0.5, row + 0.5]]))[0]
            sums = (values.sum(dtype=np.float64), values.max())
            numbers = (f"{found.logit:.4f}", name, *(f"{each:.6g}" for each in sums))
            table.writerow((image.image_id, sick, *numbers, *(f"{each:.1f}" for each in point)))
    return text.getvalue().encode()
