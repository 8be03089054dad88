"""What a network's units had of a dataset's images, and which of them are worth a look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.progress import Watch
from jobs.common.types import Array, Bools, Tensor
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image, is_sick
from jobs.explain.network.choice import Choice, choose_observed, default_layers, require_layers
from jobs.explain.network.scan import NodeScan, choose_units, scan_views
from jobs.explain.target import ExplainedModel
from jobs.explain.units import Unit
from jobs.model.graph import Network, output_name
from jobs.views.batches import view_batches


@dataclass(frozen=True)
class Observed:
    """What was seen.

    Attributes:
        network: of all places' logits, if the head is local.
        layers: the names of the nodes that are looked at.
        images: whose untouched views were computed.
        sick: (images,) bool.
        scans: by name, of the layers, of `features` and of the output.
        units: of the layers, the chosen ones.
        features: the name of the node that the head reads.
    """

    study: Study
    dataset: Dataset
    network: Network
    layers: Sequence[str]
    images: Sequence[Image]
    sick: Bools
    scans: Mapping[str, NodeScan]
    units: Sequence[Unit]
    features: str

    @property
    def output(self) -> Unit:
        """The logit; of a local head, that of a place."""
        return Unit(output_name(self.network), 0)

    def highest(self, unit: Unit) -> Array:
        """A unit's highest value of each image: (images,) float32."""
        return self.scans[unit.node].highest[:, unit.channel]

    def views(self, numbers: Sequence[int]) -> Iterator[Array]:
        """The views of some images: (1, rows, columns, 1) float32 each."""
        images = [self.images[number] for number in numbers]
        for batch in make_views(self.study, self.dataset, images):
            for view in np.array(batch.tensor):
                yield np.ascontiguousarray(view[None])


def observe(
    study: Study, dataset: Dataset, network: Network, choice: Choice, watch: Watch
) -> Observed:
    """Computes the views of the chosen images, once.

    Raises:
        UsageError: the network has no such layers.
    """
    layers = choice.layers or default_layers(network)
    require_layers(network, layers)
    images = choose_observed(study, dataset, choice.images)
    sick: Bools = np.array([is_sick(study, image) for image in images])
    features = ExplainedModel(network).features
    nodes = list(dict.fromkeys((*layers, features, output_name(network))))
    done = 0

    def counted() -> Iterator[Tensor]:
        nonlocal done
        for batch in make_views(study, dataset, images):
            yield batch.tensor
            done += len(batch.views)
            watch("units: views", done, len(images))

    scans = scan_views(network, nodes, counted())
    units = [u for name in layers for u in choose_units(scans[name], name, sick, choice.units)]
    return Observed(study, dataset, network, layers, images, sick, scans, units, features)


def make_views(study: Study, dataset: Dataset, images: Sequence[Image]) -> Iterator[Tensor]:
    """Batches of the images' untouched views."""
    return view_batches(study, dataset, ((image, [0]) for image in images), None)
