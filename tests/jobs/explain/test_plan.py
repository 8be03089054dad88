"""What explanations are made from, as their manifest says."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.artifacts.layout import Root, RunFolder
from jobs.explain import plan
from jobs.explain.request import Request

TRAINED = {"fold0": "own", "fold1": "other", "all": "whole"}  # fold 2 is not


@pytest.mark.parametrize(
    ("model", "extras", "folds"),
    [
        ("fold0", [], {}),
        ("fold0", ["conservation"], {}),
        ("fold0", ["checks"], {"fold1": "other"}),
        ("all", ["checks"], {"fold0": "own", "fold1": "other"}),
    ],
)
def test_the_models_that_checks_compare_with_are_inputs(
    model: str, extras: list[str], folds: dict[str, str], tmp_path: Path, monkeypatch
):
    """So checks against a replaced model, or without one that is there now, are known to be old."""

    def read(folder: Path) -> SimpleNamespace | None:
        return SimpleNamespace(key=TRAINED[folder.name]) if folder.name in TRAINED else None

    run = SimpleNamespace(
        folder=RunFolder(Root(tmp_path), "trial"),
        study=SimpleNamespace(models=lambda: ("fold0", "fold1", "fold2", "all")),
        require_model=lambda name: SimpleNamespace(key=TRAINED[name]),
    )
    monkeypatch.setattr(plan, "read_manifest", read)
    request = Request(model, [], [], {}, extras)
    found = plan.plan_explanations(run, SimpleNamespace(key="pixels"), request, None)
    assert found.recipe.inputs == {"model": TRAINED[model], "dataset": "pixels", **folds}
