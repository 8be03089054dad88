"""A whole network's logit, shared among its pixels: against the same by loops, and its sums."""

import numpy as np
import pytest
from hypothesis import assume, given, settings

from jobs.explain.conservation import without_biases
from jobs.explain.deep_taylor import RULES as DEEP_TAYLOR
from jobs.explain.forward import run_forward
from jobs.explain.lrp import RULES, rules
from jobs.explain.relevance import Rules, decompose, read_out, share_what_adds
from jobs.model.graph import INPUT, Convolution, Node
from tests.jobs.explain import slow_network
from tests.jobs.explain.jacobian import REFERENCES
from tests.jobs.explain.networks import make_network, make_view, networks


@pytest.mark.parametrize(
    ("hidden", "biases"), [("z_plus", False), ("gamma", True), ("w_square", False)]
)
@settings(max_examples=15)
@given(given_network=networks())
def test_a_network_is_decomposed_as_by_loops(hidden: str, biases: bool, given_network: tuple):
    """Branches that add up, averages, poolings, all heads, biases."""
    network, view = given_network
    forward = run_forward(network, view)
    assume(not np.allclose(forward.logit, 0))
    name, weights = read_out(forward)
    assume(float((weights * forward.values[name]).numpy().max()) > 1e-3)
    used = Rules(share_what_adds, RULES[hidden], RULES["z_box"], biases)
    found = decompose(
        forward,
        Rules(lambda c, rest, size: share_what_adds(c, 0, size), *list(vars(used).values())[1:]),
        "sick",
    )
    expected = slow_network.decompose(
        network, view[0], REFERENCES[hidden], REFERENCES["z_box"], biases=biases
    )
    scale = np.abs(expected).max()
    assert found.on_view.numpy()[0] == pytest.approx(expected, rel=1e-6, abs=1e-6 * scale)


@settings(max_examples=15)
@given(given_network=networks())
def test_deep_taylor_conserves_and_is_not_below_zero(given_network: tuple):
    """Without biases the pixels' relevance is the logit's size, and none of it is negative."""
    network, view = given_network
    forward = run_forward(without_biases(network), view)
    assume(abs(forward.logit) > 1e-6)
    found = decompose(forward, DEEP_TAYLOR)
    assert found.sign == (1 if forward.logit > 0 else -1)
    assert found.on_view.numpy().min() >= 0
    assert found.on_view.numpy().sum() == pytest.approx(abs(forward.logit), rel=1e-9)
    for account in found.accounts:
        assert account.sent == pytest.approx(account.received, rel=1e-9, abs=1e-12)


@settings(max_examples=15)
@given(given_network=networks())
def test_accounts_balance(given_network: tuple):
    """What arrives at the pixels and what each layer's biases kept sum to the logit."""
    network, view = given_network
    forward = run_forward(network, view)
    found = decompose(forward, rules("gamma", "z_box"))
    kept = sum(account.received - account.sent for account in found.accounts)
    most = max(abs(account.received) for account in found.accounts)
    arrived = found.on_view.numpy().sum()
    assert arrived + kept == pytest.approx(abs(forward.logit), abs=1e-9 * max(1, most))


def test_a_negative_logit_is_decomposed_for_healthy():
    """The head's weights change their signs: what spoke against sick has relevance above 0."""
    network = make_network(5)
    last = network[-1]
    negated = Convolution(-last.operation.kernel, -last.operation.bias, relu=False)
    mirrored = (*network[:-1], Node(last.name, last.inputs, negated))
    view = make_view(5)
    for_one, for_other = (
        decompose(run_forward(each, view), DEEP_TAYLOR) for each in (network, mirrored)
    )
    assert {for_one.sign, for_other.sign} == {1, -1}
    assert for_one.on_view.numpy() == pytest.approx(for_other.on_view.numpy())
    asked = decompose(
        run_forward(network, view), DEEP_TAYLOR, "healthy" if for_one.sign > 0 else "sick"
    )
    assert asked.sign == for_other.sign
    assert np.abs(asked.on_view.numpy() - for_one.on_view.numpy()).max() > 1e-3


def test_one_neuron_has_the_closed_form():
    """Montavon et al. 2017, equation for z+: x w+ / sum of x w+, times the neuron's output."""
    weights, bias = np.array([0.5, -1.0, 2.0]), np.array([-0.25])
    pixels = np.array([0.5, 0.25, 0.75])
    network = (
        Node("neuron", (INPUT,), Convolution(weights.reshape(1, 3, 1, 1), bias)),
        Node("logit", ("neuron",), Convolution(np.ones((1, 1, 1, 1)), np.zeros(1), relu=False)),
    )
    forward = run_forward(network, pixels.reshape(1, 1, 3, 1))
    assert forward.logit == 0.5 * 0.5 - 0.25 + 2 * 0.75 - 0.25
    hidden = Rules(share_what_adds, RULES["z_plus"], RULES["z_plus"], biases=False)
    found = decompose(forward, hidden).on_view.numpy().ravel()
    assert found == pytest.approx([1.25 * 0.25 / 1.75, 0, 1.25 * 1.5 / 1.75])


def test_the_tail_of_a_local_head_is_one_layer():
    """Its read-out is the gradient of the logit by the last ReLU's values, at the chosen places."""
    network, view = make_network(9, "local"), make_view(9)
    forward = run_forward(network, view)
    name, weights = read_out(forward)
    assert name == "head_hidden"
    contributed = (weights * forward.values[name]).numpy().sum()
    bias = network[-3].operation.bias.mean()
    assert contributed + bias == pytest.approx(forward.logit)
    chosen = (weights.numpy()[0] != 0).any(axis=-1)
    assert chosen.sum() <= 2 * network[-2].operation.count
    assert not chosen[~network[-2].operation.places].any()
