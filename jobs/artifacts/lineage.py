"""Where the figures come from: the configuration, and the manifests of all that went into them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import Manifest, read_manifest
from jobs.config.study import Study, plain


@dataclass(frozen=True)
class Made:
    """An artifact's name and manifest; none where it is not under this root any more."""

    name: str
    manifest: Manifest | None


def settings(study: Study) -> list[tuple[str, str]]:
    """Each setting by its dotted key; of the weights' path only the file's name."""
    document = plain(study)
    document["model"]["weights"] = Path(study.model.weights).name
    return list(_flat(document))


def upstream(root: Root, models: Mapping[str, Manifest]) -> list[Made]:
    """What the models were made from, in the order in which it was made."""
    inputs = next(iter(models.values())).inputs
    made = [Made("dataset", read_manifest(root.dataset.folder))]
    if "features" not in inputs:  # trained live
        return [*made, Made("weights", read_manifest(root.weights(inputs["weights"]).folder))]
    features = read_manifest(root.features(inputs["features"]).folder)
    if not features:
        return [*made, Made("weights", None), Made("features", None)]
    made += [Made("weights", read_manifest(root.weights(features.inputs["weights"]).folder))]
    if key := features.inputs.get("engine"):
        made += [Made("engine", read_manifest(root.engine(key).folder))]
    precision = features.configuration.get("precision", "float32")
    name = "features" if precision == "float32" else f"features, {precision}"
    return [*made, Made(name, features)]


def _flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield f"{prefix}{key}", text
