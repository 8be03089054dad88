"""The plan of what a model's units do: pictures, tables and TensorBoard's files."""

import csv
import functools
import io
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import TENSORBOARD
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run
from jobs.common.progress import Watch
from jobs.common.types import Array
from jobs.data.dataset import open_dataset
from jobs.explain.activation_maximisation import Maximised
from jobs.explain.network.choice import Choice
from jobs.explain.network.observed import Observed, observe
from jobs.explain.network.pictures import png
from jobs.explain.network.projector import write_projector
from jobs.explain.network.tensorboard import write_activations, write_pictures
from jobs.explain.network.unit_pictures import (
    Patches,
    cut_patches,
    maximise_units,
    picture_units,
    slug,
)
from jobs.explain.units import Unit
from jobs.model import tf_runtime
from jobs.model.trained import load_trained
from jobs.plots.activations import ActivationsDisplay
from jobs.plots.embedding import EmbeddingDisplay
from jobs.plots.svg import to_svg

FORMAT = 1
UNITS, ARRAYS = "units.csv", "units.npz"


def plan_units(run: Run, model: str, choice: Choice) -> ArtifactPlan:
    """The plan of what one model's units do.

    Raises:
        MissingInputError: the model is not there yet; names the command that trains it.
    """
    manifest = run.require_model(model)
    recipe = Recipe("units", {"model": manifest.key}, asdict(choice), FORMAT)
    fill = functools.partial(_fill, run, model, choice)
    return ArtifactPlan(run.folder.units(model).folder, recipe, fill)


def _fill(run: Run, model: str, choice: Choice, draft: Draft, watch: Watch) -> None:
    dataset, folder = open_dataset(run.root.path, run.study), draft.folder
    network = load_trained(run, model).network()
    observed = observe(run.study, dataset, network, choice, watch)
    patches = cut_patches(observed, choice.patches, watch)
    maximised = maximise_units(observed, choice.steps, watch)
    pictures = picture_units(observed, patches, maximised)
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(png(picture))
    for name, figure in _figures(observed).items():
        (folder / f"{name}.svg").write_text(figure, encoding="utf-8")
    (folder / UNITS).write_bytes(units_csv(observed, maximised))
    (folder / ARRAYS).write_bytes(_arrays(patches, maximised))
    _write_tensorboard(folder / TENSORBOARD, observed, pictures)
    draft.device, draft.determinism = tf_runtime.device(), tf_runtime.determinism()


def units_csv(observed: Observed, maximised: Mapping[Unit, Maximised]) -> bytes:
    """A row a unit: how it tells labels apart, its best image, what its maximised picture has."""
    content = io.StringIO()
    table = csv.writer(content, lineterminator="\n")
    table.writerow(("node", "channel", "auc", "best", "image", "maximised", "ratio"))
    for unit, found in maximised.items():
        values = observed.highest(unit)
        best = float(values.max())
        auc = observed.scans[unit.node].separation(observed.sick)[unit.channel]
        image = observed.images[int(values.argmax())].image_id
        ratio = f"{found.value / best:.3f}" if best > 0 else ""
        numbers = (f"{auc:.3f}", f"{best:.5g}", image, f"{found.value:.5g}", ratio)
        table.writerow((unit.node, unit.channel, *numbers))
    return content.getvalue().encode()


def _figures(observed: Observed) -> dict[str, str]:
    """SVG elements by their names."""
    features = observed.scans[observed.features].mean
    figures = {"embedding": to_svg(EmbeddingDisplay.of(features, observed.sick), "embedding")}
    for unit in observed.units:
        values, name = observed.highest(unit), f"activations-{slug(unit)}"
        healthy, sick = (values[observed.sick == label].tolist() for label in (False, True))
        display = ActivationsDisplay(str(unit), tuple(healthy), tuple(sick))
        figures[name] = to_svg(display, name)
    return figures


def _arrays(patches: Patches, maximised: Mapping[Unit, Maximised]) -> bytes:
    content = io.BytesIO()
    arrays = {f"{unit}/maximised": each.picture for unit, each in maximised.items()}
    for unit, some in patches.items():
        arrays[f"{unit}/patches"] = np.stack([patch.pixels for patch in some])
        arrays[f"{unit}/deconvnet"] = np.stack([patch.deconvnet for patch in some])
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def _write_tensorboard(folder: Path, observed: Observed, pictures: Mapping[str, Array]) -> None:
    """Pictures, histograms by label, and the projector's files."""
    folder.mkdir()
    write_pictures(folder, {name.replace("-", "/", 1): each for name, each in pictures.items()})
    highest = {unit: observed.highest(unit) for unit in observed.units}
    write_activations(folder, highest, observed.sick)
    columns = {
        "label": ["sick" if sick else "healthy" for sick in observed.sick],
        "birads": [image.birads for image in observed.images],
        "image": [image.image_id for image in observed.images],
    }
    write_projector(folder, observed.features, observed.scans[observed.features].mean, columns)
