"""What is explained is the trained model's own logit."""

import numpy as np
import pytest

from jobs.artifacts.run import open_run
from jobs.explain.forward import run_forward
from jobs.explain.target import ExplainedModel
from jobs.model.trained import load_trained
from tests.jobs.explain.networks import make_network, make_view


@pytest.mark.parametrize("run", ["exact", "averaged", "local", "unfrozen", "scratch"])
def test_the_network_has_the_models_logits(trained_root, run: str):
    """Of any head, and of a local one whose breasts differ from view to view.

    To 1e-4; to 1e-3 where the model's features are rounded to float16 (11 bits), which those that
    are explained are not.
    """
    model = load_trained(open_run(trained_root, run), "fold0")
    size = model.study.views.size
    views = np.random.default_rng(5).uniform(-1, 1, (2, *size, 1)).astype(np.float32)
    target, breast = ExplainedModel.of(model), None
    if run == "local":
        shape = model.feature_maps(views).shape[1:3]
        breast = np.random.default_rng(6).random((2, *shape)) > 0.4
        target = ExplainedModel.of(model, breast[1])
        top = model.study.head.top
        found = [
            target.at(b, top).logits(v[None]).item() for b, v in zip(breast, views, strict=True)
        ]
    else:
        found = target.logits(views)
    expected = model.logits(views, breast)
    tolerance = 1e-3 if model.study.model.stored == "float16" else 1e-4
    assert found == pytest.approx(expected, abs=tolerance, rel=tolerance)


@pytest.mark.parametrize("kind", ["conv_pool", "averaged", "local"])
def test_base_and_head_are_the_network(kind: str):
    """Cut where the head reads the base's last places."""
    target, view = ExplainedModel(make_network(7, kind)), make_view(7)
    assert target.features == "mixed"
    assert target.local is (kind == "local")
    base = run_forward(target.base, view).output
    assert run_forward(target.head, base).logit == run_forward(target.network, view).logit


@pytest.mark.parametrize("kind", ["conv_pool", "averaged", "local"])
def test_what_is_traced_once_is_the_same(kind: str):
    """Logits, features and gradients of any number of views, of any size of a base."""
    target = ExplainedModel(make_network(8, kind))
    views = np.concatenate([make_view(8), make_view(9)]).astype(np.float32)
    done = run_forward(target.network, views)
    assert target.logits(views) == pytest.approx(done.output.numpy().ravel(), abs=1e-5)
    assert target.feature_maps(views) == pytest.approx(done.values["mixed"].numpy(), abs=1e-5)
    assert target.gradient(views).shape == views.shape
