"""maps -> checks.json and localisation.csv, as `mammo explain --checks` makes them."""

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from jobs.artifacts.layout import CHECKS, LOCALISATION
from jobs.config.names import TEST
from jobs.data.dataset import Image
from jobs.explain.checks.cases import make_cases
from jobs.explain.checks.check_model import check_model
from jobs.explain.checks.collect import Settings
from jobs.explain.checks.expectations import OTHER_SEED, PERMUTED_LABELS
from jobs.explain.checks.journal import Journal
from jobs.explain.checks.localisation import to_csv
from jobs.explain.finished import Finished
from jobs.explain.methods import METHODS
from jobs.explain.store import read_explanation
from jobs.model.trained import TrainedModel, load_trained
from jobs.training.other_heads import train_on_permuted_labels, train_with_other_seed

_JOURNAL = ".checks.partial.jsonl"  # hidden: no other worker that publishes hashes it
_TRAINED_ANEW = {OTHER_SEED: train_with_other_seed, PERMUTED_LABELS: train_on_permuted_labels}


def make_checks(finished: Finished) -> Iterator[tuple[str, bytes]]:
    """The files' names and contents. A call goes on where one before it was stopped.

    Images that the model was trained on are left out: on them it may know the lesion.

    Raises:
        MissingInputError: the study's features are not there, which other heads are trained on.
    """
    run, request, study = finished.run, finished.request, finished.run.study
    images = unseen(request.images, request.model)
    journal = Journal(finished.folder / _JOURNAL)
    settings = Settings(
        study.seed,
        study.head.top,
        replicates=study.evaluate.bootstrap,
        sanity_images=request.checked_patients,
    )
    checks, rows = check_model(
        request.model,
        finished.model,
        _others(finished),
        make_cases(study, finished.dataset, images),
        len(images),
        [METHODS[name] for name in request.methods],
        request.options,
        lambda image_id: read_explanation(finished.folder, image_id),
        settings,
        journal,
        finished.watch,
    )
    journal.remove()
    checks["run"] = run.folder.name
    checks["left_out"] = len(request.images) - len(images)
    text = json.dumps(checks, indent=1, allow_nan=False)
    yield CHECKS, f"{text}\n".encode()
    yield LOCALISATION, to_csv(rows)


def unseen(images: Sequence[Image], model: str) -> list[Image]:
    """The images that a model was not trained on: the test set's, and its validation fold's."""
    return [image for image in images if image.split in (TEST, model)]


def _others(finished: Finished) -> Mapping[str, Callable[[], TrainedModel]]:
    """What gets the other folds' models that are trained, and of a frozen base two other heads."""
    run, dataset, model = finished.run, finished.dataset, finished.request.model
    others = {name: functools.partial(load_trained, run, name) for name in finished.folds}
    if not run.study.train.live:
        for name, train in _TRAINED_ANEW.items():
            others[name] = functools.partial(train, run, dataset, model, finished.watch)
    return others
