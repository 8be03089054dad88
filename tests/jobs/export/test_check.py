"""Whether exported graphs give what the run predicted."""

from types import SimpleNamespace

import numpy as np
import pytest

from jobs.artifacts.run import open_run
from jobs.common.errors import DataError
from jobs.common.progress import silent
from jobs.config.names import TEST
from jobs.data.dataset import open_dataset
from jobs.evaluation.predictions import read_predictions, select
from jobs.export.check import check_graphs


@pytest.fixture
def checked(trained_root):
    """Checks a graph, given as a function of the image's expected logits, (3,)."""
    run = open_run(trained_root, "first")
    dataset = open_dataset(trained_root, run.study)
    names = run.study.models()
    ensemble = SimpleNamespace(study=run.study, models=dict.fromkeys(names), local=False)
    rows = []
    for model in names:
        kind = "last" if model == "all" else "best"
        own = read_predictions(run.folder.model(model).folder / "predictions.csv")
        rows.append({r.image_id: r.probability for r in select(own, weights=kind, split=TEST)})
    ids = iter(sorted(dataset.splits[TEST]))

    def check(change):
        def graph(views, breast):
            assert views.shape == (1, 80, 75, 1) and breast is None
            image_id = next(ids)
            probability = np.array([each[image_id] for each in rows])
            return change(np.log(probability / (1 - probability)))[None]

        return check_graphs(ensemble, {"graph": graph}, run, dataset, 999, silent)

    return check


def test_a_graph_that_agrees(checked):
    """On each image of the test set, with the models in their order and the figures' weights."""
    found = checked(lambda logits: logits)
    assert found["largest_difference"]["graph"] < 1e-6
    assert found["images"] > 3


@pytest.mark.parametrize(
    "change",
    [lambda logits: logits[::-1], lambda logits: logits + 0.1, lambda logits: logits * np.nan],
)
def test_a_graph_that_does_not(checked, change):
    """Models in another order, a shift, no numbers: exit 65."""
    with pytest.raises(DataError, match="gives other probabilities than the run"):
        checked(change)
