"""A trained model that was loaded: it predicts what training predicted, and so does its graph."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from jobs import cli
from jobs.artifacts.run import Run, open_run
from jobs.common.errors import DataError, MissingInputError, UsageError
from jobs.common.progress import silent
from jobs.config.names import TEST
from jobs.data.dataset import open_dataset
from jobs.evaluation.predictions import read_predictions, select
from jobs.features.places import inside_breast
from jobs.model import tf_runtime
from jobs.model.graph import compute
from jobs.model.location_maps import read_location_maps
from jobs.model.tensorflow_extractor import apply
from jobs.model.trained import load_trained
from jobs.views.batches import view_batches
from tests.processors import needs_int8
from tests.trained import RUNS, study


def untouched(root: Path, run: Run) -> tuple[list[str], dict[str, np.ndarray]]:
    """The ids of the test set's images; their views 0, and for a local head where the breast is."""
    dataset = open_dataset(root, run.study)
    images = [image for image in dataset.images if image.split == TEST]
    batches = view_batches(run.study, dataset, ((image, [0]) for image in images), None)
    ids, views, breast = [], [], []
    for batch in batches:
        ids += [view.image_id for view in batch.views]
        views.append(np.array(batch.tensor))
        pairs = zip(batch.images, batch.geometries, strict=True)
        breast += [inside_breast(*pair, run.study.model.layer) for pair in pairs]
    local = {"breast": np.stack(breast)} if run.study.head.kind == "local" else {}
    return ids, {"views": np.concatenate(views), **local}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("weights", ["best", "last"])
def test_it_predicts_what_training_predicted(trained_root: Path, name: str, weights: str):
    """From views it computes the probabilities of the run's predictions.csv, in every mode."""
    run = open_run(trained_root, name)
    ids, views = untouched(trained_root, run)
    rows = read_predictions(run.folder.model("fold0").folder / "predictions.csv")
    expected = {row.image_id: row.probability for row in select(rows, weights=weights, split=TEST)}
    assert set(expected) == set(ids)
    probabilities = load_trained(run, "fold0", weights).probabilities(**views)
    assert probabilities == pytest.approx([expected[image_id] for image_id in ids], abs=1e-6)


@pytest.mark.parametrize("name", sorted(RUNS.keys() - {"local"}))
def test_its_network_computes_its_logits(trained_root: Path, name: str):
    """Plain operations from views to the logit, head included; float16 features apart."""
    run = open_run(trained_root, name)
    model = load_trained(run, "fold0")
    _, given = untouched(trained_root, run)
    views = given["views"]
    tensor = tf_runtime.start().constant(views)
    values = compute(model.network(), tensor, apply)
    logits = values["logit"].numpy()
    assert logits.shape == (len(views), 1, 1, 1)
    tolerance = 1e-2 if name == "first" else 1e-4  # `first` stores its features in float16
    assert logits[:, 0, 0, 0] == pytest.approx(model.logits(views), abs=tolerance)


def test_a_local_head_s_network_computes_its_location_map(trained_root: Path):
    """Plain operations from views to the logit of each place: those of the map, in the breast."""
    run = open_run(trained_root, "local")
    ids, given = untouched(trained_root, run)
    network = load_trained(run, "fold0").network()
    tensor = tf_runtime.start().constant(given["views"])
    logits = compute(network, tensor, apply)["place_logits"].numpy()[..., 0]
    maps = read_location_maps(run.folder.model("fold0").folder / "location_maps.npz")
    for image_id, image, inside in zip(ids, logits, given["breast"], strict=True):
        assert image[inside] == pytest.approx(maps[image_id].logits, abs=1e-2)  # float16 features


def test_a_local_head_asks_where_the_breast_is(trained_root: Path):
    """A score over places outside of it would be another model's."""
    model = load_trained(open_run(trained_root, "local"), "fold0")
    with pytest.raises(ValueError, match="give `breast`"):
        model.logits(np.zeros((1, 80, 75, 1), np.float32))


@needs_int8
def test_an_int8_run_predicts_by_its_quantised_base(trained_root: Path, tmp_path: Path):
    """Its probabilities are those of its predictions.csv, and its network is in float32."""
    root = shutil.copytree(trained_root, tmp_path / "root")
    config = root / "int8.yaml"
    config.write_text(study(model=", precision: int8, stored: float32"))
    for line in ("engine", "embed", "train --run int8 --fold 0"):
        options, stage = cli.parse([*line.split(), "--root", str(root), "--config", str(config)])
        cli.call(stage, options, silent)
    run = open_run(root, "int8")
    ids, given = untouched(root, run)
    views = given["views"]
    rows = read_predictions(run.folder.model("fold0").folder / "predictions.csv")
    by_id = {row.image_id: row.probability for row in select(rows, weights="best", split=TEST)}
    model = load_trained(run, "fold0", "best")
    expected = [by_id[image_id] for image_id in ids]
    assert model.probabilities(views) == pytest.approx(expected, abs=1e-6)
    values = compute(model.network(), tf_runtime.start().constant(views), apply)
    rounding = np.abs(values["logit"].numpy()[:, 0, 0, 0] - model.logits(views)).max()
    assert 0 < rounding < 0.5


def test_its_feature_maps_are_the_stored_features(trained_root: Path):
    """The head's input is what `mammo embed` stores of a view, bit for bit."""
    run = open_run(trained_root, "exact")
    ids, given = untouched(trained_root, run)
    views = given["views"]
    key = run.require_model("fold0").inputs["features"]
    stored = np.load(run.root.features(key).folder / f"{ids[0]}.npy")
    assert np.array_equal(load_trained(run, "fold0").feature_maps(views[:1]), stored[:1])


def test_an_unfrozen_base_differs_from_the_checkpoint(trained_root: Path):
    """The network that is loaded has the convolutions that were trained."""
    frozen, unfrozen = (
        load_trained(open_run(trained_root, name), "fold0").network()
        for name in ("live", "unfrozen")
    )
    kernels = [
        (one.operation.kernel, other.operation.kernel)
        for one, other in zip(frozen, unfrozen, strict=True)
        if hasattr(one.operation, "kernel") and one.name.startswith("conv2d")
    ]
    changed = [not np.array_equal(*pair) for pair in kernels]
    assert any(changed)
    assert not np.array_equal(frozen[-1].operation.kernel, unfrozen[-1].operation.kernel)


def test_weights_that_a_model_does_not_have(trained_root: Path):
    """The all-data model has no validation fold, and so no best weights."""
    run = open_run(trained_root, "first")
    with pytest.raises(DataError, match=r"all of the run first has no best\.weights\.h5; it has"):
        load_trained(run, "all", "best")
    assert load_trained(run, "all").study == run.study


def test_a_model_that_is_not_trained(trained_root: Path):
    """Exit 69, with the command that trains it."""
    with pytest.raises(MissingInputError, match=r"mammo train .* --fold 1"):
        load_trained(open_run(trained_root, "exact"), "fold1")


def test_a_model_that_the_study_does_not_have(trained_root: Path):
    """Exit 64, with the names of those that it has."""
    with pytest.raises(UsageError, match=r"no model 'fold9'; it has fold0, fold1, all"):
        load_trained(open_run(trained_root, "exact"), "fold9")


def test_a_model_that_does_not_note_its_base(trained_root: Path, tmp_path: Path):
    """As those that were trained before models noted it: exit 65, and what to do."""
    root = shutil.copytree(trained_root, tmp_path / "root")
    file = root / "runs/exact/fold0/manifest.json"
    manifest = json.loads(file.read_text())
    del manifest["notes"]["base"]
    file.write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=r"remove .*runs/exact/fold0 and train it again"):
        load_trained(open_run(root, "exact"), "fold0")
