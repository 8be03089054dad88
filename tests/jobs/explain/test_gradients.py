"""Methods that come from gradients: closed forms, and what their sums are."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.explain import grad_cam, gradient_times_input, integrated_gradients
from jobs.explain.forward import run_forward
from jobs.explain.target import BLACK, ExplainedModel
from jobs.model.graph import INPUT, Convolution, Mean, Node
from tests.jobs.explain.networks import make_network, make_view
from tests.jobs.explain.test_backward import taped_gradients

WEIGHTS = np.array([[2.0, -1.0, 0.5]])


def linear_target() -> ExplainedModel:
    """The logit is the pixels' sum, weighted; the features are the pixels."""
    kernel = WEIGHTS.reshape(1, 3, 1, 1).astype(np.float32)
    return ExplainedModel(
        (
            Node("same", (INPUT,), Convolution(np.ones((1, 1, 1, 1), np.float32), np.zeros(1))),
            Node("head_convolution", ("same",), Convolution(kernel, np.zeros(1), relu=False)),
            Node(
                "logit",
                ("head_convolution",),
                Convolution(np.ones((1, 1, 1, 1), np.float32), np.zeros(1), relu=False),
            ),
        )
    )


def test_a_linear_model_has_the_closed_form():
    """Weights times the distance from black; the same by both ways, at the pixels above 0."""
    view = np.array([0.25, 0.5, 0.75], np.float32).reshape(1, 1, 3, 1)
    expected = WEIGHTS * (view[0, ..., 0] - BLACK)
    assert gradient_times_input.explain(linear_target(), view) == pytest.approx(expected)
    reference = np.full_like(view, 0.125)
    found = integrated_gradients.explain(linear_target(), view, 4, reference)
    assert found == pytest.approx(WEIGHTS * (view[0, ..., 0] - 0.125))


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32 - 1))
def test_gradient_times_input_is_tensorflows(seed: int):
    """The tape's gradient by the view, times the distance from black."""
    network = make_network(seed)
    view = make_view(seed).astype(np.float32)
    expected = taped_gradients(network, view.astype(float))[INPUT] * (view - BLACK)
    found = gradient_times_input.explain(ExplainedModel(network), view)
    assert found == pytest.approx(expected[0, ..., 0], rel=1e-3, abs=1e-3)


def test_integrated_gradients_add_up_to_the_difference():
    """Completeness (proposition 1), the closer the more steps."""
    network, view = make_network(5, "averaged"), make_view(5).astype(np.float32)
    target = ExplainedModel(network)
    black = np.full_like(view, BLACK)
    expected = (target.logits(view) - target.logits(black)).item()
    errors = [
        abs(integrated_gradients.explain(target, view, steps).sum() - expected)
        for steps in (2, 256)
    ]
    assert errors[1] < 0.01 * abs(expected)
    assert errors[1] <= errors[0]


def test_grad_cam_has_the_closed_form():
    """A mean's head: each map's weight is its own share; what is below 0 is cut (equation 2)."""
    kernel = np.array([1.0, -1.0], np.float32).reshape(1, 1, 1, 2)
    head = np.array([3.0, 2.0], np.float32).reshape(1, 1, 2, 1)
    network = (
        Node("signs", (INPUT,), Convolution(kernel, np.zeros(2, np.float32))),
        Node("pooling", ("signs",), Mean()),
        Node("logit", ("pooling",), Convolution(head, np.zeros(1, np.float32), relu=False)),
    )
    view = np.array([[0.5, -0.25], [0, 1]], np.float32).reshape(1, 2, 2, 1)
    found = grad_cam.explain(ExplainedModel(network), view)
    assert found == pytest.approx(np.array([[1.5, 0.5], [0, 3]]) / 4)
    mirrored = (
        *network[:-1],
        Node("logit", ("pooling",), Convolution(-head, np.zeros(1), relu=False)),
    )
    assert not grad_cam.explain(ExplainedModel(mirrored), view).any()


def test_grad_cam_weighs_by_the_mean_gradient():
    """Equation 1, with the tape's gradient by the features; at the places' own centres."""
    network, view = make_network(6), make_view(6).astype(np.float32)
    features = run_forward(network, view.astype(float)).values["mixed"].numpy()
    gradient = taped_gradients(network, view.astype(float))["mixed"]
    expected = np.maximum((features * gradient.mean(axis=(1, 2), keepdims=True)).sum(-1), 0)[0]
    found = grad_cam.explain(ExplainedModel(network), view)
    assert found.max() <= expected.max() * (1 + 1e-4)
    assert found[0, 0] == pytest.approx(expected[0, 0], rel=1e-3, abs=1e-4)
    assert found[1:7:2, 1:7:2].mean() > 0 or not expected.any()
