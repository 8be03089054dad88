"""The models of a run as a SavedModel."""

import pytest

from jobs.export.saved_model import read_saved_model, write_saved_model


def test_it_computes_what_the_models_do(exported, tmp_path):
    """From views, and places of a local head, the logits of all models, read from the disk."""
    write_saved_model(exported.ensemble, tmp_path / "saved_model")
    found = read_saved_model(tmp_path / "saved_model")(exported.views, exported.breast)
    assert found == pytest.approx(exported.logits, abs=1e-5)
