"""Every rule against the same from the layer's Jacobian, and against another project's values."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from jobs.explain.deep_taylor import RULES
from jobs.explain.lrp import RULES as BY_NAME
from jobs.explain.lrp_rules import (
    LinearPart,
    alpha_beta,
    epsilon,
    flat,
    w_square,
    z_box,
    z_plus,
    zero,
)
from jobs.explain.relevance import relevance_rule
from jobs.model import tf_runtime
from jobs.model.graph import Convolution, Mean, Node, Pooling
from jobs.model.tensorflow_extractor import apply
from tests.jobs.explain.golden import read_golden
from tests.jobs.explain.jacobian import REFERENCES, linear_layer
from tests.jobs.explain.layers import convolutions


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("name", BY_NAME)
@settings(max_examples=25)
@given(layer=convolutions())
def test_a_rule_is_that_of_the_jacobian(name: str, biases: bool, layer: tuple):
    """Padding, strides, averages, values below 0, biases that keep their share or do not."""
    tf = tf_runtime.start()
    convolution, value = layer
    output = apply(Node("layer", ("",), convolution), [tf.constant(value)]).numpy()
    relevance = np.random.default_rng(0).normal(size=output.shape)
    part = LinearPart.of(convolution, "float64", biases=biases)
    found = BY_NAME[name](part, tf.constant(value), tf.constant(relevance)).numpy()
    jacobian, bias = linear_layer(convolution, value.shape[1:])
    linear = jacobian @ value.ravel() + bias
    assert np.maximum(linear, 0 if convolution.relu else -np.inf) == pytest.approx(output.ravel())
    expected = REFERENCES[name](jacobian, bias * biases, value.ravel(), relevance.ravel())
    assert found.ravel() == pytest.approx(expected, rel=1e-6, abs=1e-6 * np.abs(expected).max())


GOLDEN = {
    "LRPZ": zero,
    "LRPEpsilon": epsilon(1e-7),
    "LRPZPlus": z_plus,
    "LRPAlpha1Beta0": z_plus,
    "LRPAlpha2Beta1": alpha_beta(2),
    "LRPWSquare": w_square,
    "LRPFlat": flat,
    "LRPZ_boxed_input_layer_rule": z_box(-10, 10),
    "DeepTaylor": z_plus,
    "BoundedDeepTaylor": z_box(-128, 128),
}
"""iNNvestigate's names. Its boxes are read off its values: no file says them."""


@pytest.mark.parametrize("layer", ["Dense", "Dense_relu", "Conv2D", "Conv2D_relu"])
@pytest.mark.parametrize("name", GOLDEN)
def test_a_rule_has_the_values_of_another_project(name: str, layer: str, shared: Path):
    """iNNvestigate's, of convolutions and, which are 1 x 1 convolutions, dense layers."""
    tf = tf_runtime.start()
    golden = read_golden(shared, name, layer)
    kernel, bias = golden.weights
    kernel = kernel if kernel.ndim == 4 else kernel[None, None]
    convolution = Convolution(kernel, bias, relu=layer.endswith("relu"))
    output = apply(Node("layer", ("",), convolution), [tf.constant(golden.value)])
    assert output.numpy().reshape(golden.output.shape) == pytest.approx(golden.output, abs=1e-5)
    part = LinearPart.of(convolution, "float64", biases=True)
    relevance = tf.constant(golden.relevance.reshape(output.shape).astype(float))
    found = GOLDEN[name](part, tf.constant(golden.value), relevance)
    assert found.numpy() == pytest.approx(golden.attribution, abs=1e-5)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name.startswith("LRP")])
@pytest.mark.parametrize("layer", ["AveragePooling2D", "MaxPooling2D"])
def test_poolings_have_the_values_of_another_project(name: str, layer: str, shared: Path):
    """iNNvestigate's: a mean shares in proportion, whatever the rule; a largest value has all."""
    tf = tf_runtime.start()
    golden = read_golden(shared, name, layer)
    for value, relevance, expected in zip(
        golden.value, golden.relevance, golden.attribution, strict=True
    ):
        row, column, channel = np.argwhere(relevance.reshape(5, 5, 3))[0]
        window = np.s_[2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel : channel + 1]
        operation = Mean() if layer == "AveragePooling2D" else Pooling((2, 2), (2, 2), "VALID")
        node, inputs = Node("layer", ("",), operation), [tf.constant(value[window][None])]
        has = tf.fill((1, 1, 1, 1), relevance.max().astype(float))
        (found,) = relevance_rule(RULES)(node, inputs, apply(node, inputs), has)
        assert found.numpy()[0] == pytest.approx(expected[window], abs=1e-5)
        assert expected.sum() == pytest.approx(expected[window].sum(), abs=1e-6)
