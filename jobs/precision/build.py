"""Makes engines: a quantised model from a study's own views; the choice of a precision."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from jobs.artifacts.publish import publish, require, up_to_date, write_atomically
from jobs.common.errors import ConfigError
from jobs.common.progress import Watch
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.model import openvino_runtime
from jobs.model.checkpoint import FILE, weights_folder, weights_recipe
from jobs.model.extractor import Base, make_base
from jobs.model.inception_v3 import read_network
from jobs.precision import benchmark
from jobs.precision.plan import (
    CHOICE,
    calibration_views,
    choice_recipe,
    engine_folder,
    model_file,
    picked,
    quantised_recipe,
)

_PRECISIONS = ("float32", "bfloat16", "float16", "int8")
_TRIED = 16  # views


def make_engine(root: Path, study: Study, dataset: Dataset, watch: Watch) -> None:
    """Publishes what the study's precision needs, if anything, or finds it there."""
    if study.model.precision == "int8":
        make_quantised(root, study, dataset, watch)
    elif study.model.precision == "auto":
        make_choice(root, study, dataset, watch)


def make_quantised(root: Path, study: Study, dataset: Dataset, watch: Watch) -> None:
    """Publishes the quantised model, or finds it there.

    Raises:
        ConfigError: OpenVINO is not installed, or the processor is not one for int8.
        MissingInputError: the weights are not there yet.
    """
    checkpoint = _checkpoint(root, study)
    openvino_runtime.require_int8()
    recipe = quantised_recipe(study, dataset)
    folder = engine_folder(root, recipe)
    if up_to_date(folder, recipe, "remove it"):
        return
    from jobs.precision.quantise import quantised

    with publish(folder, recipe) as draft:
        network = read_network(checkpoint, study.model.layer)
        model = quantised(network, study.views.size, _calibration(study, dataset, watch))
        path = draft.folder / model_file(root, recipe.key).name
        openvino_runtime.write(model, path)
        draft.determinism = openvino_runtime.determinism()


def make_choice(root: Path, study: Study, dataset: Dataset, watch: Watch) -> None:
    """Measures all precisions that this machine computes in, and publishes which one is picked.

    The quantised model, which is one of those, is published, too.

    Raises:
        MissingInputError: the weights are not there yet.
    """
    checkpoint = _checkpoint(root, study)
    recipe = choice_recipe(study, dataset)
    folder = engine_folder(root, recipe)
    if up_to_date(folder, recipe, "remove it"):
        if picked(folder) == "int8":
            make_quantised(root, study, dataset, watch)
        return
    with publish(folder, recipe) as draft:
        bases, refused = _bases(root, study, dataset, checkpoint, watch)
        batches = _first(_TRIED, _calibration(study, dataset, watch))
        chosen = benchmark.described(benchmark.measure(bases, batches), refused)
        write_atomically(draft.folder / CHOICE, (json.dumps(chosen, indent=1) + "\n").encode())
        float32 = bases["float32"]
        draft.device, draft.determinism = float32.device, dict(float32.determinism)
        draft.notes["picked"] = chosen["picked"]


def _bases(
    root: Path, study: Study, dataset: Dataset, checkpoint: Path, watch: Watch
) -> tuple[dict[str, Base], dict[str, str]]:
    """The bases that this machine has, by their precision, and why it has no others."""
    bases, refused = {}, {}
    model = model_file(root, quantised_recipe(study, dataset).key)
    for precision in _PRECISIONS:
        try:
            if precision == "int8":
                make_quantised(root, study, dataset, watch)
            bases[precision] = make_base(study, precision, checkpoint, model)
        except ConfigError as error:
            refused[precision] = str(error)
    return bases, refused


def _calibration(study: Study, dataset: Dataset, watch: Watch) -> Iterator[np.ndarray]:
    """The calibration views in batches, each (n, rows, columns, 1) float32 in [-1, 1]."""
    from jobs.views.batches import view_batches

    chosen = calibration_views(study, dataset)
    done = 0
    wanted = ((image, [number]) for image, number in chosen)
    for views, tensor in view_batches(study, dataset, wanted, gpu=None):
        yield np.array(tensor)
        done += len(views)
        watch("engine: views", done, len(chosen))


def _first(count: int, batches: Iterator[np.ndarray]) -> Sequence[np.ndarray]:
    """The first batches that have so many views together."""
    taken: list[np.ndarray] = []
    for batch in batches:
        taken.append(batch)
        if sum(map(len, taken)) >= count:
            break
    return taken


def _checkpoint(root: Path, study: Study) -> Path:
    folder = weights_folder(root, weights_recipe(study))
    require(folder, f"mammo weights --root {root} --config STUDY_YAML")
    return folder / FILE
