"""What the page of a search says of its nested figure."""

import pytest

from jobs.search.page import reservation


@pytest.mark.parametrize("sampler", ["tpe", "random"])
@pytest.mark.parametrize("prune", [True, False])
def test_it_says_what_the_nested_figure_owes_to_its_own_fold(sampler: str, prune: bool):
    """Never nothing: the heads that a setting was chosen by were trained on the fold."""
    text = reservation(sampler, prune)
    assert ("by the scores of all folds" in text) == (prune or sampler == "tpe")
    assert ("given up" in text) == (prune or sampler == "random")
    assert "were trained on th" in text
