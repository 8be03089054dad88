"""What excites the observed units: the dataset's patches, and pictures that were sought."""

from collections.abc import Mapping, Sequence

import numpy as np

from jobs.common.progress import Watch
from jobs.common.types import Array
from jobs.explain.activation_maximisation import Maximised, Settings, maximise
from jobs.explain.exciting_patches import (
    Patch,
    cut_patch,
    patch_side,
    placed_nodes,
    receptive_field,
)
from jobs.explain.forward import run_forward
from jobs.explain.network.observed import Observed
from jobs.explain.network.pictures import grey, picture_filters, picture_maps, tile
from jobs.explain.units import Unit
from jobs.model.graph import output_name

_LEAST, _MOST = 75, 160  # pixels along each side of a maximised picture: Inception V3's least
_MAPS = 16

Patches = Mapping[Unit, Sequence[Patch]]
"""Of each unit, those of the images that excite it most, the strongest first."""


def cut_patches(observed: Observed, count: int, watch: Watch) -> Patches:
    """The strongest patches of each unit, one an image."""
    strongest = {
        unit: np.argsort(-observed.highest(unit), kind="stable")[:count].tolist()
        for unit in observed.units
    }
    wanted = sorted({number for each in strongest.values() for number in each})
    found: dict[tuple[Unit, int], Patch] = {}
    for done, (number, view) in enumerate(zip(wanted, observed.views(wanted), strict=True)):
        forward = run_forward(observed.network, view)
        for unit, numbers in strongest.items():
            if number in numbers:
                side = patch_side(observed.network, unit, view.shape[1:3])
                found[unit, number] = cut_patch(forward, unit, side)
        watch("units: patches", done + 1, len(wanted))
    return {
        unit: [found[unit, number] for number in numbers] for unit, numbers in strongest.items()
    }


def maximise_units(observed: Observed, steps: int, watch: Watch) -> dict[Unit, Maximised]:
    """A picture for each unit, and for the output."""
    units = [*observed.units, observed.output]
    found = {}
    for done, unit in enumerate(units):
        best = abs(float(observed.highest(unit).max()))
        found[unit] = maximise(
            observed.network,
            unit,
            _picture_size(observed, unit),
            best=max(best, 1e-6),
            seed=observed.study.seed,
            settings=Settings(steps=steps),
        )
        watch("units: pictures", done + 1, len(units))
    return found


def picture_units(
    observed: Observed, patches: Patches, maximised: Mapping[Unit, Maximised]
) -> dict[str, Array]:
    """All pictures by their names: (rows, columns) uint8 each."""
    pictures = {"filters": picture_filters(observed.network), **_picture_layers(observed)}
    for unit, each in patches.items():
        rows = [grey(patch.pixels, -1, 1) for patch in each]
        rows += [grey(patch.deconvnet) for patch in each]
        pictures[f"patches-{slug(unit)}"] = tile(rows, len(each))
    for unit, found in maximised.items():
        pictures[f"maximised-{slug(unit)}"] = grey(found.picture, -1, 1)
    return pictures


def slug(unit: Unit) -> str:
    """A unit's name as a part of a file's name."""
    return f"{unit.node}-{unit.channel}".replace("_", "-")


def _picture_layers(observed: Observed) -> dict[str, Array]:
    """The strongest maps of each layer, of the first image of each label."""
    pictures = {}
    for label, sick in (("healthy", False), ("sick", True)):
        (view,) = observed.views([int(np.argmax(observed.sick == sick))])
        forward = run_forward(observed.network, view)
        for layer in observed.layers:
            values = forward.values[layer].numpy()[0]
            strongest = np.argsort(-values.mean(axis=(0, 1)), kind="stable")[:_MAPS]
            name = f"maps-{layer.replace('_', '-')}-{label}"
            pictures[name] = picture_maps(values, strongest.tolist())
    return pictures


def _picture_size(observed: Observed, unit: Unit) -> tuple[int, int]:
    """What a place of the unit sees; the whole view, where there is but one place."""
    size, network = observed.study.views.size, observed.network
    sees_all = unit.node not in placed_nodes(network)
    if sees_all or (unit.node == output_name(network) == "logit"):
        return size
    side = min(max(receptive_field(network, unit.node), _LEAST), _MOST)
    return min(side, size[0]), min(side, size[1])
