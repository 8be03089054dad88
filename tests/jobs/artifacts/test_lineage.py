"""Configuration and manifests, as the page shows them."""

from dataclasses import replace

from jobs.artifacts.layout import Root
from jobs.artifacts.lineage import settings, upstream
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.config.study import ModelConfig, Study


def test_every_setting_is_listed_by_its_key():
    """Dotted, lists with commas."""
    found = dict(settings(Study()))
    assert found["seed"] == "20"
    assert found["data.sick"] == "4, 5, 6"
    assert found["views.size"] == "299, 299"
    assert found["model.weights"] == "random"


def test_the_weights_path_stays_at_home():
    """Of a checkpoint's path only the file's name is shown."""
    study = replace(Study(), model=ModelConfig(weights="/home/someone/inception.h5"))
    assert dict(settings(study))["model.weights"] == "inception.h5"


def test_a_precision_that_was_picked_is_said(tmp_path):
    """What auto picked stands beside the features, and the quantised model among the artifacts."""
    inputs = {"images": "1" * 64, "weights": "2" * 64, "engine": "3" * 64}
    features = Recipe("embed", inputs, {"precision": "int8"})
    with publish(tmp_path / "features" / features.key, features) as draft:
        (draft.folder / "1.npy").write_bytes(b"")
    model = Recipe("train", {"features": features.key}, {})
    with publish(tmp_path / "fold0", model):
        pass
    found = upstream(Root(tmp_path), {"fold0": read_manifest(tmp_path / "fold0")})
    assert [made.name for made in found] == ["dataset", "weights", "engine", "features, int8"]


def test_what_the_models_were_made_from_is_found_by_its_keys(reported):
    """Features by the models' manifest, weights by the features'; what is gone has no manifest."""
    root = reported.parents[1]
    models = {"fold0": read_manifest(reported / "fold0")}
    found = {made.name: made.manifest for made in upstream(Root(root), models)}
    assert list(found) == ["dataset", "weights", "features"]
    assert found["features"].key == models["fold0"].inputs["features"]
    assert found["weights"] is None and found["dataset"] is None
