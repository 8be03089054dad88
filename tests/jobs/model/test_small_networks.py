"""Networks from scratch: their form, and that their first weights follow from the seed."""

import numpy as np
import pytest

from jobs.config.sections import HeadConfig, ModelConfig, TrainConfig, ViewsConfig
from jobs.config.study import Study
from jobs.model.classifier import view_classifier
from jobs.model.graph import Convolution
from jobs.model.shapes import feature_shape
from jobs.model.small_networks import initial_network


def study_of(network: str, seed: int = 20, size: tuple[int, int] = (139, 150)) -> Study:
    return Study(
        seed=seed,
        views=ViewsConfig(size=size),
        model=ModelConfig(network=network),
        head=HeadConfig(filters=2),
        train=TrainConfig(live=True),
    )


def kernels(study: Study, model: str) -> list[np.ndarray]:
    operations = (node.operation for node in initial_network(study, model))
    return [each.kernel for each in operations if isinstance(each, Convolution)]


@pytest.mark.parametrize(("network", "convolutions"), [("conv2", 2), ("conv3", 3)])
def test_they_have_so_many_convolutions_and_all_of_them_learn(network: str, convolutions: int):
    """Each has a kernel and a bias; the head's two layers have theirs."""
    study = study_of(network)
    classifier = view_classifier(study, "fold0", initial_network(study, "fold0"))
    assert len(kernels(study, "fold0")) == convolutions
    assert len(classifier.trained.trainable_variables) == 2 * convolutions + 4


@pytest.mark.parametrize("network", ["conv2", "conv3"])
@pytest.mark.parametrize("size", [(139, 150), (299, 299), (601, 448)])
def test_their_shapes_are_known_without_tensorflow(network: str, size: tuple[int, int]):
    """What the head takes, at any size, as Keras computes it."""
    study = study_of(network, size=size)
    classifier = view_classifier(study, "fold0", initial_network(study, "fold0"))
    given = classifier.trained.get_layer("head").input.shape[1:]
    assert feature_shape(size, study.model) == given


def test_the_first_weights_follow_from_the_seed_and_the_model():
    """Two calls draw the same; another seed, or another fold's model, draws others."""
    first = kernels(study_of("conv3"), "fold0")
    again = kernels(study_of("conv3"), "fold0")
    assert all(map(np.array_equal, first, again))
    for other in (kernels(study_of("conv3", seed=21), "fold0"), kernels(study_of("conv3"), "all")):
        assert not any(map(np.array_equal, first, other))


def test_the_first_weights_keep_the_variance():
    """He et al. 2015: the variance is 2 over the number of inputs, so that signals do not fade."""
    for kernel in kernels(study_of("conv3"), "fold0")[1:]:
        expected = 2 / np.prod(kernel.shape[:-1])
        assert kernel.var() == pytest.approx(expected, rel=0.1)
