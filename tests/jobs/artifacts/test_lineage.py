"""What a run came from: its settings, and the manifests of the artifacts that it was made of."""

from dataclasses import replace

from jobs.artifacts.layout import Root
from jobs.artifacts.lineage import list_settings, read_upstream
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.config.sections import ModelConfig
from jobs.config.study import Study


def test_every_setting_is_listed_by_its_key():
    """Keys are dotted, values are written as in study.yaml."""
    found = dict(list_settings(Study()))
    assert found["seed"] == "20"
    assert found["data.sick"] == "[4, 5, 6]"
    assert found["views.size"] == "[299, 299]"
    assert found["model.weights"] == "random"


def test_the_path_of_the_weights_is_not_listed():
    """Of a checkpoint's path only the file's name is shown."""
    study = replace(Study(), model=ModelConfig(weights="/home/someone/inception.h5"))
    assert dict(list_settings(study))["model.weights"] == "inception.h5"


def test_the_picked_precision_is_named(tmp_path):
    """The features' name has what auto picked, and the quantised model is one of the artifacts."""
    inputs = {"images": "1" * 64, "weights": "2" * 64, "engine": "3" * 64}
    features = Recipe("embed", inputs, {"precision": "int8"})
    with publish(tmp_path / "features" / features.key, features) as draft:
        (draft.folder / "1.npy").write_bytes(b"")
    model = Recipe("train", {"features": features.key}, {})
    with publish(tmp_path / "fold0", model):
        pass
    found = read_upstream(Root(tmp_path), {"fold0": read_manifest(tmp_path / "fold0")})
    assert [each.name for each in found] == ["dataset", "weights", "engine", "features, int8"]


def test_candidates_of_calcifications_are_named(tmp_path):
    """Where the models have such a branch."""
    model = Recipe("train", {"weights": "1" * 64, "candidates": "2" * 64}, {})
    with publish(tmp_path / "fold0", model):
        pass
    found = read_upstream(Root(tmp_path), {"fold0": read_manifest(tmp_path / "fold0")})
    assert [each.name for each in found] == ["dataset", "candidates", "weights"]


def test_what_the_models_were_made_from_is_found_by_its_keys(reported):
    """Features by the models' manifest, weights by the features'; what is gone has no manifest."""
    root = reported.parents[1]
    models = {"fold0": read_manifest(reported / "fold0")}
    found = {each.name: each.manifest for each in read_upstream(Root(root), models)}
    assert list(found) == ["dataset", "weights", "features"]
    assert found["features"].key == models["fold0"].inputs["features"]
    assert found["weights"] is None and found["dataset"] is None
