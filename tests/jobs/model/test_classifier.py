"""The network that learns: where it is cut, and that the cut changes nothing."""

import numpy as np
import pytest

from jobs.config.sections import HeadConfig, ModelConfig, TrainConfig, ViewsConfig
from jobs.config.study import Study
from jobs.model.checkpoint import CONVOLUTIONS
from jobs.model.classifier import view_classifier
from jobs.model.graph import Convolution
from jobs.model.inception_v3 import read_network, split_before
from jobs.model.random_weights import write_random_weights
from jobs.model.tensorflow_extractor import forward

SIZE = (80, 75)
TOLERANCE = 1e-5  # relative; Keras's layers round otherwise than constants: measured 2e-7


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "random.h5"
    write_random_weights(path, seed=3)
    return path


def study_of(layer: str, unfreeze_from: str, pooling: str = "none") -> Study:
    return Study(
        views=ViewsConfig(size=SIZE),
        model=ModelConfig(layer=layer, pooling=pooling),
        head=HeadConfig(filters=2, pool=1),
        train=TrainConfig(live=True, unfreeze_from=unfreeze_from),
    )


def convolutions(network) -> int:
    return sum(isinstance(node.operation, Convolution) for node in network)


@pytest.mark.parametrize(
    ("layer", "before"),
    [("mixed0", None), ("mixed1", "mixed0"), ("mixed8", "mixed7"), ("mixed10", "mixed9")],
)
def test_a_block_is_cut_off_whole(checkpoint, layer, before):
    """All convolutions of the layers before, and of none after, lie before the cut."""
    network = read_network(checkpoint, "mixed10")
    first, second = split_before(network, layer)
    assert convolutions(first) == (CONVOLUTIONS[before] if before else 0)
    assert convolutions(first) + convolutions(second) == CONVOLUTIONS["mixed10"]
    views = np.random.default_rng(0).uniform(-1, 1, (2, *SIZE, 1)).astype(np.float32)
    parts = forward(second, forward(first, views)).numpy()
    assert np.array_equal(parts, forward(network, views).numpy())


def test_nothing_is_cut_off_for_none(checkpoint):
    """A frozen base is all of it."""
    network = read_network(checkpoint, "mixed2")
    assert split_before(network, "none") == (network, ())


@pytest.mark.parametrize("pooling", ["none", "average"])
@pytest.mark.parametrize(("unfrozen", "learning"), [("mixed2", 7), ("mixed1", 14), ("mixed0", 26)])
def test_what_learns_says_at_first_what_the_frozen_base_says(
    checkpoint, unfrozen, learning, pooling
):
    """The same logits; the block's convolutions and all after it learn, and the head."""
    network = read_network(checkpoint, "mixed2")
    views = np.random.default_rng(0).uniform(-1, 1, (3, *SIZE, 1)).astype(np.float32)
    frozen = view_classifier(study_of("mixed2", "none", pooling), "fold0", network)
    open_end = view_classifier(study_of("mixed2", unfrozen, pooling), "fold0", network)
    expected = frozen.logits(views).numpy()
    assert open_end.logits(views).numpy() == pytest.approx(expected, rel=TOLERANCE)
    assert len(frozen.trained.trainable_variables) == 4
    assert len(open_end.trained.trainable_variables) == 4 + 2 * learning
