"""Which layers, units and images are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.common.errors import UsageError
from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image, is_sick
from jobs.explain.exciting_patches import placed_nodes
from jobs.model.graph import Convolution, Network, output_name

HEAD = "head_"
"""What the names of a head's layers begin with."""


@dataclass(frozen=True)
class Choice:
    """Which units are looked at, and how.

    Attributes:
        layers: the names of nodes; () are those of `default_layers`.
        units: how many of each layer: those that tell the labels apart best.
        patches: how many of each unit.
        images: how many of the dataset's at most, half of them sick if there are as many.
        steps: of activation maximisation.
    """

    layers: tuple[str, ...] = ()
    units: int = 4
    patches: int = 6
    images: int = 200
    steps: int = 128


def default_layers(network: Network) -> tuple[str, ...]:
    """The middle one and the last of Inception V3's blocks, or of a small network's convolutions.

    With them goes the head's first layer, if it has places of its own.
    """
    names = placed_nodes(network)
    placed = [node for node in network if node.name in names and node.name != output_name(network)]
    head = [node.name for node in placed if node.name.startswith(HEAD)]
    base = [node for node in placed if node.name not in head]
    blocks = [node.name for node in base if node.name.startswith("mixed")]
    blocks = blocks or [node.name for node in base if isinstance(node.operation, Convolution)]
    return tuple(dict.fromkeys((blocks[len(blocks) // 2], blocks[-1], *head[:1])))


def require_layers(network: Network, layers: Sequence[str]) -> None:
    """Raises UsageError unless all are layers of which a place sees a part of a view."""
    placed = placed_nodes(network)
    for layer in layers:
        if layer not in placed:
            known = ", ".join(name for name in placed if name.startswith(("mixed", HEAD)))
            raise UsageError(
                f"--layers must be convolutions or blocks before any mean of all places; got "
                f"{layer!r}; there are {known}"
            )


def choose_observed(study: Study, dataset: Dataset, count: int) -> list[Image]:
    """At most so many images that are not of the test set, half of them sick if there are."""
    usable = [image for image in dataset.images if image.split != TEST]
    sick, healthy = (
        [image for image in usable if is_sick(study, image) is wanted] for wanted in (True, False)
    )
    half = max(count // 2, count - len(healthy))
    chosen = [*sick[:half], *healthy[: count - min(half, len(sick))]]
    return sorted(chosen, key=lambda image: image.image_id)
