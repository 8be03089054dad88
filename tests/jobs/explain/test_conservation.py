"""Conservation, measured: on a small network, and on Inception V3 with its real weights."""

from pathlib import Path

import numpy as np
import pytest

from jobs.explain.conservation import RULES, measure_conservation, without_biases
from jobs.explain.target import ExplainedModel
from jobs.model.graph import INPUT, Convolution, Node, Pooling, join
from jobs.model.inception_v3 import read_network
from tests.jobs.explain.networks import make_network, make_view


@pytest.mark.parametrize("method", RULES)
@pytest.mark.parametrize("kind", ["conv_pool", "averaged", "local"])
def test_what_arrived_and_what_stayed_sum_to_one(method: str, kind: str):
    """Of the logit, with biases; without, each layer hands on what it has."""
    target = ExplainedModel(make_network(3, kind))
    found = measure_conservation(target, make_view(3), RULES[method]({}))
    assert found.holds
    assert found.error < 1e-9
    assert found.arrived + sum(found.kept.values()) == pytest.approx(1)
    if method == "deep_taylor":
        assert found.arrived == pytest.approx(1)


def test_a_network_without_biases():
    """All are 0, and nothing else has changed."""
    network = make_network(3)
    bare = without_biases(network)
    assert [node.name for node in bare] == [node.name for node in network]
    for one, other in zip(network, bare, strict=True):
        if isinstance(one.operation, Convolution):
            assert not other.operation.bias.any()
            assert np.array_equal(one.operation.kernel, other.operation.kernel)


@pytest.mark.parametrize("method", RULES)
def test_inception_v3_conserves(method: str, shared: Path):
    """All 85 convolutions up to mixed8, ImageNet's weights: 1e-5 of the logit, in float32."""
    rng = np.random.default_rng(0)
    head = (
        Node("head_convolution", (INPUT,), _layer(rng, 1, 1, 1280, 8)),
        Node("head_pooling", ("head_convolution",), Pooling((2, 2), (2, 2), "VALID")),
        Node("logit", ("head_pooling",), _layer(rng, 1, 1, 8, 1, relu=False)),
    )
    checkpoint = shared / "weights" / "inception_v3_notop_to_mixed8.h5"
    target = ExplainedModel(join(read_network(checkpoint, "mixed8"), head))
    view = rng.uniform(-1, 1, (1, 139, 139, 1)).astype(np.float32)
    found = measure_conservation(target, view, RULES[method]({}))
    assert found.holds, found.error


def _layer(rng: np.random.Generator, *shape: int, relu: bool = True) -> Convolution:
    kernel, bias = rng.normal(0, 0.05, shape), rng.normal(0, 0.05, shape[-1])
    return Convolution(kernel.astype(np.float32), bias.astype(np.float32), relu=relu)
