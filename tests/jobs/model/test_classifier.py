"""The classifier on views: unfreezing makes layers learn, and changes no output."""

import numpy as np
import pytest

from jobs.config.study import HeadConfig, ModelConfig, Study, TrainConfig, ViewsConfig
from jobs.model.classifier import view_classifier
from jobs.model.inception_v3 import read_network

SIZE = (80, 75)
TOLERANCE = 1e-5  # relative: Keras's layers round differently; 2e-7 was measured


def study_of(layer: str, unfreeze_from: str, pooling: str = "none", size=SIZE) -> Study:
    return Study(
        views=ViewsConfig(size=size),
        model=ModelConfig(layer=layer, pooling=pooling),
        head=HeadConfig(filters=2, pool=1),
        train=TrainConfig(live=True, unfreeze_from=unfreeze_from),
    )


@pytest.mark.parametrize("pooling", ["none", "average"])
@pytest.mark.parametrize(("unfrozen", "learning"), [("mixed2", 7), ("mixed1", 14), ("mixed0", 26)])
def test_before_training_an_unfrozen_base_computes_what_the_frozen_one_does(
    checkpoint, unfrozen, learning, pooling
):
    """The logits are equal; the block's convolutions, all later ones and the head learn."""
    network = read_network(checkpoint, "mixed2")
    views = np.random.default_rng(0).uniform(-1, 1, (3, *SIZE, 1)).astype(np.float32)
    frozen = view_classifier(study_of("mixed2", "none", pooling), "fold0", network)
    unfrozen_base = view_classifier(study_of("mixed2", unfrozen, pooling), "fold0", network)
    expected = frozen.logits(views).numpy()
    assert unfrozen_base.logits(views).numpy() == pytest.approx(expected, rel=TOLERANCE)
    assert len(frozen.trained.trainable_variables) == 4
    assert len(unfrozen_base.trained.trainable_variables) == 4 + 2 * learning


@pytest.mark.parametrize("size", [(139, 170), (224, 176)])
def test_a_checkpoint_that_ends_at_mixed8_is_unfrozen_there(shared, size):
    """At any size: the last block's six convolutions learn (Szegedy et al. 2016, figure 10)."""
    network = read_network(shared / "weights/inception_v3_notop_to_mixed8.h5", "mixed8")
    views = np.random.default_rng(0).uniform(-1, 1, (2, *size, 1)).astype(np.float32)
    frozen, unfrozen = (
        view_classifier(study_of("mixed8", first, size=size), "fold0", network)
        for first in ("none", "mixed8")
    )
    expected = frozen.logits(views).numpy()
    assert unfrozen.logits(views).numpy() == pytest.approx(expected, rel=TOLERANCE, abs=TOLERANCE)
    assert len(unfrozen.trained.trainable_variables) == 4 + 2 * 6
