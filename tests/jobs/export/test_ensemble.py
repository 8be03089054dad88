"""All models of a run, with the part that they share."""

import numpy as np

from jobs.artifacts.run import open_run
from jobs.export.ensemble import load_ensemble
from jobs.model.trained import load_trained


def test_models_have_the_weights_of_the_test_figures(trained_root):
    """The fold models the best, the all-data model the last: those that thresholds are of."""
    run = open_run(trained_root, "first")
    ensemble = load_ensemble(run)
    assert list(ensemble.models) == ["fold0", "fold1", "all"]
    expected = load_trained(run, "fold0", "best").head.get_weights()
    found = ensemble.models["fold0"].head.get_weights()
    assert all(map(np.array_equal, found, expected))


def test_its_logits(exported):
    """A column for each model."""
    found = exported.ensemble.logits(exported.views, exported.breast).numpy()
    np.testing.assert_allclose(found, exported.logits, atol=1e-5)
