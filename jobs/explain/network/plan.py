"""The plan of what a model's units do: pictures, tables and TensorBoard's files."""

import csv
import functools
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np

from jobs.artifacts.layout import TENSORBOARD
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.common.types import Array, Bools, Tensor
from jobs.config.names import TEST
from jobs.data.dataset import Dataset, Image, is_sick, open_dataset
from jobs.explain.activation_maximisation import Maximised, Settings, maximise
from jobs.explain.exciting_patches import (
    Patch,
    cut_patch,
    patch_side,
    placed_nodes,
    receptive_field,
)
from jobs.explain.forward import run_forward
from jobs.explain.network.pictures import grey, picture_filters, picture_maps, png, tile
from jobs.explain.network.projector import write_projector
from jobs.explain.network.scan import NodeScan, choose_units, scan_views
from jobs.explain.network.tensorboard import write_activations, write_pictures
from jobs.explain.units import Unit
from jobs.model.graph import Convolution, Network, output_name
from jobs.model.trained import TrainedModel, load_trained
from jobs.plots.activations import ActivationsDisplay
from jobs.plots.embedding import EmbeddingDisplay
from jobs.plots.svg import to_svg
from jobs.views.batches import view_batches

FORMAT = 1
UNITS = "units.csv"
_LEAST, _MOST = 75, 160  # pixels along each side of a maximised picture: Inception V3's least
_MAPS = 16


@dataclass(frozen=True)
class Choice:
    """Which units are looked at, and how.

    Attributes:
        layers: the names of nodes; () are those of `default_layers`.
        units: how many of each layer: those that tell the labels apart best.
        patches: how many of each unit.
        images: how many of the dataset's at most, as many of each label as there are.
        steps: of activation maximisation.
    """

    layers: tuple[str, ...] = ()
    units: int = 4
    patches: int = 6
    images: int = 200
    steps: int = 128


def plan_units(run: Run, model: str, choice: Choice) -> ArtifactPlan:
    """The plan of what one model's units do.

    Raises:
        MissingInputError: the model is not there yet; names the command that trains it.
    """
    manifest = run.require_model(model)
    recipe = Recipe("units", {"model": manifest.key}, asdict(choice), FORMAT)
    fill = functools.partial(_fill, run, model, choice)
    return ArtifactPlan(run.folder.units(model).folder, recipe, fill)


def default_layers(network: Network) -> tuple[str, ...]:
    """The middle one and the last of Inception V3's blocks, or of a small network's convolutions.

    With them goes the head's first layer, if it has places of its own.
    """
    names = placed_nodes(network)
    placed = [node for node in network if node.name in names and node.name != output_name(network)]
    head = [node.name for node in placed if node.name.startswith("head_")]
    base = [node for node in placed if node.name not in head]
    blocks = [node.name for node in base if node.name.startswith("mixed")]
    blocks = blocks or [node.name for node in base if isinstance(node.operation, Convolution)]
    return tuple(dict.fromkeys((blocks[len(blocks) // 2], blocks[-1], *head[:1])))


def _fill(run: Run, name: str, choice: Choice, draft: Draft, watch: Watch) -> None:
    dataset = open_dataset(run.root.path, run.study)
    images = _choose_images(run, dataset, choice.images)
    work = _Work(run, dataset, load_trained(run, name), images, choice)
    for path, content in work.files(watch):
        (draft.folder / path).write_bytes(content)
    work.write_tensorboard(draft)


def _choose_images(run: Run, dataset: Dataset, count: int) -> list[Image]:
    """Images of no test set, both labels as evenly as there are, in the dataset's order."""
    usable = [image for image in dataset.images if image.split != TEST]
    by_label = [[i for i in usable if is_sick(run.study, i) == sick] for sick in (False, True)]
    fewer = min(len(each) for each in by_label)
    own = min(fewer, count // 2)
    kept = {
        image.image_id
        for each in by_label
        for image in each[: own if len(each) == fewer else count - own]
    }
    return [image for image in usable if image.image_id in kept]


class _Work:
    """What is made of one model, step by step."""

    def __init__(
        self,
        run: Run,
        dataset: Dataset,
        model: TrainedModel,
        images: Sequence[Image],
        choice: Choice,
    ) -> None:
        self._run, self._dataset, self._images, self._choice = run, dataset, images, choice
        self._network = model.network()
        self._sick: Bools = np.array([is_sick(run.study, image) for image in images])
        self._layers = choice.layers or default_layers(self._network)
        _require_layers(self._network, self._layers)
        self._pictures: dict[str, Array] = {}
        self._scans: dict[str, NodeScan] = {}

    def files(self, watch: Watch) -> Iterator[tuple[str, bytes]]:
        """The names and contents of the files."""
        self._scan(watch)
        units = {
            unit: None
            for layer in self._layers
            for unit in choose_units(self._scans[layer], layer, self._sick, self._choice.units)
        }
        output = Unit(output_name(self._network), 0)
        self._add("filters", picture_filters(self._network))
        self._add_maps()
        self._units = list(units)
        patches = self._patches(watch)
        found = self._maximise([*units, output], watch)
        yield UNITS, self._table([*units, output], patches, found)
        yield "arrays.npz", _arrays(patches, found)
        for unit in self._units:
            scan = self._scans[unit.node].highest[:, unit.channel]
            display = ActivationsDisplay(
                str(unit), tuple(scan[~self._sick].tolist()), tuple(scan[self._sick].tolist())
            )
            yield f"activations-{_slug(unit)}.svg", to_svg(display, _slug(unit)).encode()
        last = self._scans[self._features].mean
        yield "embedding.svg", to_svg(EmbeddingDisplay.of(last, self._sick), "embedding").encode()
        for title, picture in self._pictures.items():
            yield f"{title}.png", png(picture)

    def write_tensorboard(self, draft: Draft) -> None:
        """TensorBoard's files: pictures, histograms by label, and the projector's."""
        folder = draft.folder / TENSORBOARD
        folder.mkdir()
        write_pictures(folder, self._pictures)
        highest = {unit: self._scans[unit.node].highest[:, unit.channel] for unit in self._units}
        write_activations(folder, highest, self._sick)
        columns = {
            "label": ["sick" if sick else "healthy" for sick in self._sick],
            "birads": [image.birads for image in self._images],
            "image": [image.image_id for image in self._images],
        }
        write_projector(folder, self._features, self._scans[self._features].mean, columns)

    @property
    def _features(self) -> str:
        """The last of the chosen layers that is the base's."""
        return [name for name in self._layers if not name.startswith("head_")][-1]

    def _scan(self, watch: Watch) -> None:
        done = 0

        def counted() -> Iterator[Tensor]:
            nonlocal done
            for batch in self._views(self._images):
                yield batch.tensor
                done += len(batch.views)
                watch("units: views", done, len(self._images))

        nodes = [*self._layers, output_name(self._network)]
        self._scans = scan_views(self._network, nodes, counted())

    def _views(self, images: Sequence[Image]) -> Iterator[Tensor]:
        wanted = ((image, [0]) for image in images)
        return view_batches(self._run.study, self._dataset, wanted, None)

    def _add(self, title: str, picture: Array) -> None:
        self._pictures[title] = picture

    def _add_maps(self) -> None:
        """The maps of the first image of each label."""
        for label, sick in (("healthy", False), ("sick", True)):
            image = self._images[int(np.argmax(self._sick == sick))]
            (batch,) = self._views([image])
            forward = run_forward(self._network, np.array(batch.tensor))
            for layer in self._layers:
                values = forward.values[layer].numpy()[0]
                order = np.argsort(-values.max(axis=(0, 1)), kind="stable")[:_MAPS]
                self._add(
                    f"maps-{layer.replace('_', '-')}-{label}", picture_maps(values, order.tolist())
                )

    def _patches(self, watch: Watch) -> dict[Unit, list[tuple[str, Patch]]]:
        """Of each unit, the strongest images' patches, the strongest first."""
        strongest = {
            unit: np.argsort(-self._scans[unit.node].highest[:, unit.channel], kind="stable")[
                : self._choice.patches
            ].tolist()
            for unit in self._units
        }
        wanted = sorted({number for each in strongest.values() for number in each})
        found: dict[tuple[Unit, int], Patch] = {}
        batches = self._views([self._images[number] for number in wanted])
        views = (view[None] for batch in batches for view in np.array(batch.tensor))
        for done, (number, view) in enumerate(zip(wanted, views, strict=True)):
            forward = run_forward(self._network, view)
            for unit, numbers in strongest.items():
                if number in numbers:
                    side = patch_side(self._network, unit, view.shape[1:3])
                    found[unit, number] = cut_patch(forward, unit, side)
            watch("units: patches", done + 1, len(wanted))
        patches = {
            unit: [(self._images[n].image_id, found[unit, n]) for n in numbers]
            for unit, numbers in strongest.items()
        }
        for unit, each in patches.items():
            rows = [grey(patch.pixels, -1, 1) for _, patch in each]
            rows += [grey(patch.deconvnet) for _, patch in each]
            self._add(f"patches-{_slug(unit)}", tile(rows, len(each)))
        return patches

    def _maximise(self, units: Sequence[Unit], watch: Watch) -> dict[Unit, Maximised]:
        found = {}
        for done, unit in enumerate(units):
            best = float(self._scans[unit.node].highest[:, unit.channel].max())
            found[unit] = maximise(
                self._network,
                unit,
                self._size(unit),
                best=max(abs(best), 1e-6),
                seed=self._run.study.seed,
                settings=Settings(steps=self._choice.steps),
            )
            self._add(f"maximised-{_slug(unit)}", grey(found[unit].picture, -1, 1))
            watch("units: pictures", done + 1, len(units))
        return found

    def _size(self, unit: Unit) -> tuple[int, int]:
        """Of a maximised picture: what a place of the unit sees; the view where it sees all."""
        size = self._run.study.views.size
        if unit.node not in placed_nodes(self._network) or unit.node == "logit":
            return size
        side = min(max(receptive_field(self._network, unit.node), _LEAST), _MOST)
        return min(side, size[0]), min(side, size[1])

    def _table(
        self,
        units: Sequence[Unit],
        patches: dict[Unit, list[tuple[str, Patch]]],
        found: dict[Unit, Maximised],
    ) -> bytes:
        """A row a unit: what it had at best on the dataset, and what a maximised picture has."""
        content = io.StringIO()
        writer = csv.writer(content, lineterminator="\n")
        writer.writerow(("node", "channel", "auc", "best", "image", "maximised", "ratio"))
        for unit in units:
            scan = self._scans[unit.node]
            values = scan.highest[:, unit.channel]
            best, value = float(values.max()), found[unit].value
            auc = scan.separation(self._sick)[unit.channel]
            image = self._images[int(values.argmax())].image_id
            ratio = f"{value / best:.3f}" if best > 0 else ""
            row = (
                unit.node,
                unit.channel,
                f"{auc:.3f}",
                f"{best:.5g}",
                image,
                f"{value:.5g}",
                ratio,
            )
            writer.writerow(row)
        return content.getvalue().encode()


def _require_layers(network: Network, layers: Sequence[str]) -> None:
    names = [node.name for node in network]
    for layer in layers:
        if layer not in placed_nodes(network):
            raise UsageError(
                f"--layers must name layers that see a part of a view; got {layer!r}; there are "
                f"{', '.join(name for name in names if name.startswith(('mixed', 'head_')))}"
            )


def _arrays(patches: dict[Unit, list[tuple[str, Patch]]], found: dict[Unit, Maximised]) -> bytes:
    content = io.BytesIO()
    arrays = {f"{unit}/maximised": each.picture for unit, each in found.items()}
    for unit, some in patches.items():
        arrays[f"{unit}/patches"] = np.stack([patch.pixels for _, patch in some])
        arrays[f"{unit}/deconvnet"] = np.stack([patch.deconvnet for _, patch in some])
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def _slug(unit: Unit) -> str:
    return f"{unit.node}-{unit.channel}".replace("_", "-")
