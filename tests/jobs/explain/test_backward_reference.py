"""What is sent back by transposes, against the layer's Jacobian and another project's values."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from jobs.explain.backward import Rule, gradient_rule
from jobs.explain.deconvnet import deconvnet_rule
from jobs.model import tf_runtime
from jobs.model.graph import Convolution, Node
from jobs.model.tensorflow_extractor import apply
from tests.jobs.explain.golden import read_golden
from tests.jobs.explain.jacobian import linear_layer
from tests.jobs.explain.layers import convolutions


@pytest.mark.parametrize("rule", [gradient_rule, deconvnet_rule])
@settings(max_examples=25)
@given(layer=convolutions())
def test_a_rule_is_the_jacobian_s(rule: Rule, layer: tuple):
    """Transposed, after the ReLU of the forward pass or that of what flows back."""
    tf = tf_runtime.start()
    convolution, value = layer
    node, inputs = Node("layer", ("",), convolution), [tf.constant(value)]
    output = apply(node, inputs)
    relevance = np.random.default_rng(0).normal(size=output.shape)
    (found,) = rule(node, inputs, output, tf.constant(relevance))
    jacobian, bias = linear_layer(convolution, value.shape[1:])
    passed = relevance.ravel()
    if convolution.relu and rule is gradient_rule:
        passed = passed * (jacobian @ value.ravel() + bias > 0)
    elif convolution.relu:
        passed = passed.clip(0)
    assert found.numpy().ravel() == pytest.approx(jacobian.T @ passed, abs=1e-9)


@pytest.mark.parametrize("layer", ["Dense", "Dense_relu", "Conv2D", "Conv2D_relu"])
@pytest.mark.parametrize(("name", "rule"), [("Gradient", 0), ("Deconvnet", 1)])
def test_a_rule_has_the_values_of_another_project(name: str, rule: int, layer: str, shared: Path):
    """iNNvestigate's: the gradient begins with 1, the deconvnet with the output's own value."""
    tf = tf_runtime.start()
    golden = read_golden(shared, name, layer)
    kernel, bias = golden.weights
    kernel = kernel if kernel.ndim == 4 else kernel[None, None]
    node = Node("layer", ("",), Convolution(kernel, bias, relu=layer.endswith("relu")))
    inputs = [tf.constant(golden.value)]
    output = apply(node, inputs)
    start = golden.relevance if rule else (golden.relevance != 0).astype(float)
    has = tf.constant(start.reshape(output.shape).astype(float))
    (found,) = (gradient_rule, deconvnet_rule)[rule](node, inputs, output, has)
    assert found.numpy() == pytest.approx(golden.attribution, abs=1e-5)
