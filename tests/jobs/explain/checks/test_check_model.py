"""What the checks of a model are told about its methods."""

import pytest

from jobs.explain import lrp
from jobs.explain.checks import check_model


@pytest.mark.parametrize("own", [{}, {"hidden": "flat"}, {"first": "w_square", "towards": "sick"}])
def test_rank_one_is_measured_by_the_rules_of_the_maps(own: dict[str, str], monkeypatch):
    """Those that the options name, not the defaults."""
    monkeypatch.setattr(check_model, "relevance_rule", lambda rules: rules)
    found = check_model.rules_of({"lrp": own})["lrp"](None)
    assert found == lrp.rules_of(own)
