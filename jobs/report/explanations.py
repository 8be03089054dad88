"""What the page shows of a run's explanations: the checks' verdicts, and maps over mammograms."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from jobs.artifacts.layout import CHECKS, EXPLANATIONS, MAMMOGRAM, TITLES, Location, RunFolder
from jobs.artifacts.manifest import Manifest, read_manifest
from jobs.artifacts.run import EXPLANATIONS_FORMAT
from jobs.common.errors import DataError
from jobs.config.names import ALL

SHOWN = 6
"""How many images the gallery has."""

_HEIGHT = 300  # pixels of a picture
_QUALITY = 70  # of WebP


@dataclass(frozen=True)
class Explained:
    """One model's explanations.

    Attributes:
        model: fold0, fold1, ... or all.
        checks: what checks.json holds; None if the maps were not checked.
        gallery: the images that are shown.
        titles: of the methods, by their names.
    """

    model: str
    checks: Mapping[str, Any] | None
    gallery: Sequence["Shown"]
    titles: Mapping[str, str]


@dataclass(frozen=True)
class Shown:
    """An image of the gallery.

    Attributes:
        image_id: the image's.
        sick: whether it is of the sick class.
        logit: the model's.
        pictures: WebP files: the MAMMOGRAM itself, then by the methods' names.
    """

    image_id: str
    sick: bool
    logit: float
    pictures: Mapping[str, bytes]


def read_explanations(run: RunFolder, models: Mapping[str, Manifest]) -> list[Explained]:
    """The explanations of a run's models, as far as they are there; those of `all` first.

    Raises:
        DataError: they are of another version's format, of a model that was replaced, or were
            checked with one.
    """
    found: list[Explained] = []
    for model in sorted(models, key=lambda name: (name != ALL, name)):
        location = run.explanations(model)
        if manifest := read_manifest(location.folder):
            _require_current(location, manifest, model, models)
            titles = manifest.notes[TITLES]
            found.append(_read(location.folder, model, titles, pictured=not found))
    return found


def _require_current(
    location: Location, manifest: Manifest, model: str, models: Mapping[str, Manifest]
) -> None:
    if manifest.format != EXPLANATIONS_FORMAT:
        raise DataError(
            f"{location.folder} holds maps in format {manifest.format}, and this version of mammo "
            f"reads {EXPLANATIONS_FORMAT}: remove it, run {location.command}"
        )
    keys = {name: each.key for name, each in models.items()} | {"model": models[model].key}
    for name, key in manifest.inputs.items():
        if name in keys and key != keys[name]:
            raise DataError(
                f"{location.folder} explains other models than the run's: remove it, run "
                f"{location.command}"
            )


def _read(folder: Path, model: str, titles: Mapping[str, str], *, pictured: bool) -> Explained:
    file = folder / CHECKS
    checks = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    return Explained(model, checks, _gallery(folder) if pictured else (), titles)


def _gallery(folder: Path) -> list[Shown]:
    """Two sick images for each healthy one, those that the model is surest of."""
    with (folder / EXPLANATIONS).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    logits = {row["image_id"]: (row["sick"] == "1", float(row["logit"])) for row in rows}
    sick, healthy = (
        sorted((one for one in logits if logits[one][0] is truth), key=lambda one: -logits[one][1])
        for truth in (True, False)
    )
    chosen = [*sick[: SHOWN - SHOWN // 3], *healthy[: SHOWN // 3]]
    methods = list(dict.fromkeys(row["method"] for row in rows))
    return [
        Shown(image_id, *logits[image_id], _pictures(folder, image_id, methods))
        for image_id in chosen
    ]


def _pictures(folder: Path, image_id: str, methods: Sequence[str]) -> dict[str, bytes]:
    files = {name: folder / f"{image_id}.{name}.png" for name in (MAMMOGRAM, *methods)}
    return {name: _small(path) for name, path in files.items() if path.is_file()}


def _small(path: Path) -> bytes:
    """A picture as a WebP file, small enough for the page."""
    content = io.BytesIO()
    with Image.open(path) as picture:
        scale = min(1.0, _HEIGHT / picture.height)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture.resize(size, Image.Resampling.LANCZOS).save(
            content, "WEBP", quality=_QUALITY, method=6
        )
    return content.getvalue()
