"""Trained models of several kinds as ensembles, and views for them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.run import open_run
from jobs.export.ensemble import Ensemble
from jobs.model.trained import load_trained


@dataclass(frozen=True)
class Exported:
    """An ensemble, an input for it, and the logits that its models give, (3, models)."""

    ensemble: Ensemble
    views: np.ndarray
    breast: np.ndarray | None
    logits: np.ndarray


@pytest.fixture(scope="session", params=["averaged", "local", "unfrozen", "scratch"])
def exported(request, trained_root: Path) -> Exported:
    """Of a run of each kind, with what it computes of three views of noise."""
    run = open_run(trained_root, request.param)
    model = load_trained(run, "fold0")
    models = {"fold0": model, "all": model}  # the same one twice: two columns
    rng = np.random.default_rng(1)
    views = rng.uniform(-1, 1, (3, *run.study.views.size, 1)).astype(np.float32)
    breast = None
    if request.param == "local":
        breast = rng.random((3, *model.feature_maps(views).shape[1:3])) < [
            [[0.5]],
            [[0.9]],
            [[0.1]],
        ]
    logits = np.stack([each.logits(views, breast) for each in models.values()], axis=-1)
    return Exported(Ensemble(run.study, model.parts()[0], models), views, breast, logits)
