"""Image masking: what is left of the logit when a view shows only what excites a unit.

Zhou et al., Object Detectors Emerge in Deep Scene CNNs, ICLR 2015, section 3.3: a unit's map, above
a share of its maximum and as large as the view, is what stays; the rest is blackened.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.types import Array, Bools
from jobs.explain.backward import gradient_rule, send_back
from jobs.explain.forward import run_forward
from jobs.explain.method import Method
from jobs.explain.places import place_grids, spread, view_size
from jobs.explain.target import BLACK, ExplainedModel
from jobs.explain.units import Unit
from jobs.model import tf_runtime
from jobs.model.graph import INPUT


@dataclass(frozen=True)
class Masked:
    """A view masked by one unit.

    Attributes:
        unit: a channel of what the head reads.
        strength: what the unit adds to the logit of the whole view, to first order.
        mask: (rows, columns) bool: what the view still shows.
        logit: of the masked view.
    """

    unit: Unit
    strength: float
    mask: Bools
    logit: float


def mask_by_units(
    target: ExplainedModel, view: Array, units: int = 8, c: float = 0.5
) -> list[Masked]:
    """The view, masked by each of the strongest units, the strongest first.

    Args:
        units: how many, at most: only units that are above 0 somewhere are taken.
        c: where a unit has less than this share of its maximum, the view is blackened.
    """
    features = target.forward(view).values[target.features].numpy()
    strength = unit_strengths(target, features)
    order = np.argsort(-np.abs(strength), kind="stable")[:units]
    chosen = [channel for channel in order if features[..., channel].max() > 0]
    grid = place_grids(target.base, view_size(view))[target.features]
    masks = []
    for channel in chosen:
        map_on_view = spread(features[0, ..., channel], grid, view_size(view))
        masks.append(map_on_view >= c * map_on_view.max())
    logits = _masked_logits(target, view, masks)
    return [
        Masked(Unit(target.features, int(channel)), float(strength[channel]), mask, logit)
        for channel, mask, logit in zip(chosen, masks, logits, strict=True)
    ]


def explain(target: ExplainedModel, view: Array, units: int = 8, c: float = 0.5) -> Array:
    """The units' masks, each as strong as the logit that is left of a black view's on.

    Args:
        units: how many of the strongest units mask the view.
        c: the share of a unit's maximum from which on the view is shown.
    """
    (black,) = target.logits(np.full_like(view, BLACK))
    total = np.zeros(view_size(view), np.float32)
    found = mask_by_units(target, view, units, c)
    for masked in found:
        total += (masked.logit - black) * masked.mask
    return total / len(found) if found else total


def unit_strengths(target: ExplainedModel, features: Array) -> Array:
    """What each channel of the features adds to the logit, to first order: (channels,)."""
    tf = tf_runtime.start()
    head = run_forward(target.head, features)
    gradient = send_back(head, tf.ones_like(head.output), gradient_rule)[INPUT].numpy()
    return (gradient * features).sum(axis=(0, 1, 2))


def _masked_logits(target: ExplainedModel, view: Array, masks: Sequence[Bools]) -> list[float]:
    """One by one: the memory does not depend on their number."""
    black = np.float32(BLACK)
    return [target.logits(np.where(mask[..., None], view, black)).item() for mask in masks]


METHOD = Method(
    name="image_masking",
    title="Image masking",
    source="Zhou et al., ICLR 2015",
    signed=True,
    compute=explain,
)
