"""What a run came from: its configuration, and the manifests of what its models were made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import Manifest, read_manifest
from jobs.config.difference import flatten, setting_text
from jobs.config.study import Study, plain, without_paths


@dataclass(frozen=True)
class NamedManifest:
    """An artifact's name and manifest; None if the artifact is no longer under the root."""

    name: str
    manifest: Manifest | None


def settings(study: Study) -> dict[str, Any]:
    """Each setting by its dotted key; of the path of the weights, or of a run, only the name."""
    return dict(flatten(plain(without_paths(study))))


def list_settings(study: Study) -> list[tuple[str, str]]:
    """The settings as texts for a reader."""
    return [(key, setting_text(value)) for key, value in settings(study).items()]


def read_upstream(root: Root, models: Mapping[str, Manifest]) -> list[NamedManifest]:
    """The artifacts that a run's models were made of, in the order in which they were made.

    Args:
        root: where the artifacts are.
        models: the manifests of the run's models.
    """
    inputs = next(iter(models.values())).inputs
    found = [NamedManifest("dataset", read_manifest(root.dataset.folder))]
    if key := inputs.get("candidates"):
        found.append(NamedManifest("candidates", read_manifest(root.candidates(key).folder)))
    if inputs.keys().isdisjoint(("features", "weights")):  # a network from scratch
        return found
    if "features" not in inputs:  # trained live
        weights = read_manifest(root.weights(inputs["weights"]).folder)
        return [*found, NamedManifest("weights", weights)]
    features = read_manifest(root.features(inputs["features"]).folder)
    if not features:
        return [*found, NamedManifest("weights", None), NamedManifest("features", None)]
    weights = read_manifest(root.weights(features.inputs["weights"]).folder)
    found.append(NamedManifest("weights", weights))
    if key := features.inputs.get("engine"):
        found.append(NamedManifest("engine", read_manifest(root.engine(key).folder)))
    precision = features.configuration.get("precision", "float32")
    name = "features" if precision == "float32" else f"features, {precision}"
    return [*found, NamedManifest(name, features)]
