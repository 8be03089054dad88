"""Image masking: which units, what stays of the view, and what is left of the logit."""

import numpy as np
import pytest

from jobs.explain import image_masking
from jobs.explain.forward import run_forward
from jobs.explain.places import place_grids, spread
from jobs.explain.target import BLACK, ExplainedModel
from tests.jobs.explain.networks import SIZE, make_network, make_view
from tests.jobs.explain.test_backward import taped_gradients


@pytest.fixture(scope="module")
def target() -> ExplainedModel:
    """A small model."""
    return ExplainedModel(make_network(3))


VIEW = make_view(3).astype(np.float32)


def test_the_units_that_add_most_come_first(target: ExplainedModel):
    """To first order: the tape's gradient by the features, times the features."""
    features = run_forward(target.network, VIEW.astype(float)).values["mixed"].numpy()
    gradient = taped_gradients(target.network, VIEW.astype(float))["mixed"]
    strengths = np.abs((features * gradient).sum(axis=(0, 1, 2)))
    found = image_masking.mask_by_units(target, VIEW, 3, 0.5)
    expected = sorted(range(7), key=lambda channel: -strengths[channel])[:3]
    assert [masked.unit.channel for masked in found] == expected
    assert [abs(m.strength) for m in found] == pytest.approx(strengths[expected], rel=1e-3)


@pytest.mark.parametrize("c", [0.2, 0.8])
def test_a_view_shows_where_the_unit_has_c_of_its_maximum(target: ExplainedModel, c: float):
    """And the logit that is left is that of the view which is black elsewhere."""
    (masked,) = image_masking.mask_by_units(target, VIEW, 1, c)
    values = target.feature_maps(VIEW)[0, ..., masked.unit.channel]
    large = spread(values, place_grids(target.base, SIZE)["mixed"], SIZE)
    assert (masked.mask == (large >= c * large.max())).all()
    shown = np.where(masked.mask[None, ..., None], VIEW, np.float32(BLACK))
    assert masked.logit == pytest.approx(target.logits(shown).item(), abs=1e-5)


def test_a_lower_share_shows_more(target: ExplainedModel):
    """c is a share of the maximum: of 0 all that is not below 0 is shown."""
    shown = [image_masking.mask_by_units(target, VIEW, 1, c)[0].mask.sum() for c in (0.0, 0.4, 0.9)]
    assert shown[0] == np.prod(SIZE)
    assert shown[0] >= shown[1] >= shown[2] > 0


def test_the_map_is_the_masks_by_the_logit_that_is_left(target: ExplainedModel):
    """Above what a black view has: a unit whose part of the view is worth nothing adds nothing."""
    black = target.logits(np.full_like(VIEW, BLACK)).item()
    masked = image_masking.mask_by_units(target, VIEW, 3, 0.5)
    expected = sum((each.logit - black) * each.mask for each in masked) / 3
    assert image_masking.explain(target, VIEW, units=3) == pytest.approx(expected, abs=1e-5)
