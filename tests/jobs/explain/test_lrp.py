"""The method as it is called: rules by their names."""

import numpy as np
import pytest

from jobs.explain.conservation import without_biases
from jobs.explain.lrp import METHOD, RULES, rules, rules_of
from jobs.explain.options import read_options
from jobs.explain.target import ExplainedModel
from tests.jobs.explain.networks import make_network, make_view

CONSERVING = sorted(RULES.keys() - {"epsilon", "alpha2_beta1"})


@pytest.mark.parametrize("hidden", CONSERVING)
def test_its_map_sums_to_the_logit_without_biases(hidden: str):
    """By each rule that conserves wherever something adds to an output."""
    target, view = ExplainedModel(without_biases(make_network(3))), make_view(3)
    found = METHOD.explain(target, view, hidden=hidden)
    logit = target.logits(view.astype(np.float32)).item()
    assert found.sum() == pytest.approx(logit, rel=1e-4)


def test_each_rule_is_another_map():
    """In hidden layers and at the view."""
    target, view = ExplainedModel(make_network(3)), make_view(3)
    maps = [METHOD.explain(target, view, hidden=name).tobytes() for name in RULES]
    maps += [METHOD.explain(target, view, first=name).tobytes() for name in ("flat", "w_square")]
    assert len(set(maps)) == len(maps)


def test_rules_are_options_of_the_command_line():
    """--option lrp.hidden=epsilon."""
    options = read_options(["lrp.hidden=epsilon", "lrp.first=w_square"])
    assert options == {"lrp": {"hidden": "epsilon", "first": "w_square"}}


def test_rules_are_those_of_the_options():
    """With the defaults of what is not given; `towards` is not of the rules."""
    assert rules_of({}) == rules()
    assert rules_of({"hidden": "epsilon", "towards": "healthy"}) == rules(hidden="epsilon")
    assert rules_of({"first": "flat"}) == rules(first="flat") != rules()
