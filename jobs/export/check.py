"""Whether exported graphs give what the run predicted."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from jobs.artifacts.layout import PREDICTIONS
from jobs.artifacts.run import Run
from jobs.common.errors import DataError
from jobs.common.progress import Watch, track
from jobs.common.types import Array, Bools, Floats
from jobs.config.names import TEST
from jobs.data.dataset import Dataset
from jobs.evaluation.predictions import read_predictions, select, weights_on_test
from jobs.export.ensemble import Ensemble
from jobs.features.places import inside_breast
from jobs.model.trained import BASE, sigmoid
from jobs.views.batches import view_batches

Graph = Callable[[Array, Bools | None], Array]

TOLERANCE = 1e-3
"""How far a probability may be from the run's own. Features that are stored in float16 are rounded
alike, but a sum in another order may round to the other side."""

OTHER_PRECISION = 0.1
"""The same where the run's features were made in another precision than float32."""


def check_graphs(
    ensemble: Ensemble,
    graphs: Mapping[str, Graph],
    run: Run,
    dataset: Dataset,
    images: int,
    watch: Watch,
) -> dict[str, Any]:
    """Compares each graph's probabilities of test images with those of the run's predictions.csv.

    Args:
        graphs: by name.
        dataset: the run's.
        images: at most how many of the test set's are looked at, evenly spread.
        watch: is called with the number of images that are done.

    Returns:
        As contents.json holds it.

    Raises:
        DataError: a graph gives another probability than the run.
    """
    tested = sorted(dataset.splits[TEST])
    places = np.linspace(0, len(tested) - 1, min(images, len(tested))).astype(int)
    chosen = {tested[place] for place in places}
    expected = _expected(run, list(ensemble.models))
    largest = dict.fromkeys(graphs, 0.0)
    for image_id, views, breast in track("check", [*_views(ensemble, dataset, chosen)], watch):
        for name, graph in graphs.items():
            found = sigmoid(graph(views, breast))[0]
            distance = float(np.abs(found - expected[image_id]).max())
            largest[name] = float(np.maximum(largest[name], distance))  # NaN stays
    exact = _precision(run, next(iter(ensemble.models))) == "float32"
    tolerance = TOLERANCE if exact else OTHER_PRECISION
    for name, distance in largest.items():
        if not distance <= tolerance:
            raise DataError(
                f"the {name} of the run {run.folder.name} gives other probabilities than the run: "
                f"they differ by {distance:.2g}, at most {tolerance:g} is allowed"
            )
    return {"images": len(chosen), "tolerance": tolerance, "largest_difference": largest}


def _expected(run: Run, models: Sequence[str]) -> dict[str, Floats]:
    """The run's probabilities of each test image by all models: (models,) by image id."""
    found: dict[str, list[float]] = {}
    for model in models:
        rows = read_predictions(run.folder.model(model).folder / PREDICTIONS)
        for row in select(rows, weights=weights_on_test(model), split=TEST):
            found.setdefault(row.image_id, []).append(row.probability)
    return {image_id: np.array(values) for image_id, values in found.items()}


def _views(
    ensemble: Ensemble, dataset: Dataset, chosen: set[str]
) -> Iterator[tuple[str, Array, Bools | None]]:
    """View 0 of each image, (1, rows, columns, 1), and of a local head where its breast is."""
    study = ensemble.study
    wanted = ((image, [0]) for image in dataset.images if image.image_id in chosen)
    for batch in view_batches(study, dataset, wanted, None):
        views = np.array(batch.tensor)
        for number, view in enumerate(batch.views):
            breast = None
            if ensemble.local:
                pair = batch.images[number], batch.geometries[number]
                breast = inside_breast(*pair, study.model.layer)[None]
            yield view.image_id, views[number : number + 1], breast


def _precision(run: Run, model: str) -> str:
    return str(run.require_model(model).notes[BASE].get("precision") or "float32")
