"""Similarity to random and to other networks, with methods whose answer is known."""

from pathlib import Path

import numpy as np
import pytest

from jobs.explain.checks.cases import Case
from jobs.explain.checks.journal import Journal
from jobs.explain.checks.sanity import (
    Subject,
    compare_with,
    explained_at,
    other_patients,
    random_layers,
)
from jobs.explain.target import ExplainedModel
from jobs.model.graph import Convolution, Mean, Node

KERNEL = np.random.default_rng(1).standard_normal((3, 3, 1, 4)).astype(np.float32)
TARGET = ExplainedModel(
    (
        Node("one", ("",), Convolution(KERNEL, np.zeros(4, np.float32))),
        Node("head_convolution", ("one",), Convolution(np.ones((1, 1, 4, 2)), np.zeros(2))),
        Node("mean", ("head_convolution",), Mean()),
        Node("logit", ("mean",), Convolution(np.ones((1, 1, 2, 1)), np.zeros(1), relu=False)),
    )
)


def case(number: int) -> Case:
    view = np.random.default_rng(number).random((20, 16), np.float32)
    breast = np.ones((20, 16), bool)
    return Case(str(number), f"{number:016x}", True, "CC", view, breast, None, ~breast, ())


def draw(method: str, target: ExplainedModel, one: Case) -> np.ndarray:
    """`image` shows the view whatever the network; `weights` the view times one of its weights."""
    if method == "image":
        return one.view
    operation = target.network[0].operation
    assert isinstance(operation, Convolution)
    noise = np.random.default_rng(int(abs(operation.kernel[0, 0, 0, 0]) * 1e6))
    return one.view * noise.random(one.view.shape, np.float32)


SUBJECTS = [
    Subject(one, TARGET, {name: draw(name, TARGET, one) for name in ("image", "weights")})
    for one in map(case, (1, 2, 3))
]


def test_a_map_that_ignores_the_weights_survives_all_randomisation():
    """And one that depends on the first layer changes with it, not before."""
    found = random_layers(SUBJECTS, draw, steps=3, top=0.1, seed=20, journal=Journal())
    assert [step["down_to"] for step in found["image"]] == ["logit", "head_convolution", "one"]
    assert [step["ssim"] for step in found["image"]] == pytest.approx([1, 1, 1])
    *before, last = (step["ssim"] for step in found["weights"])
    assert before == pytest.approx([1, 1])
    assert last < 0.9
    assert len(found["image"][0]["each"]) == 3


def test_the_null_is_of_other_patients():
    """An image's own map, or another of the same patient, would raise it."""
    null = other_patients(SUBJECTS, SUBJECTS)
    assert null["image"].ssim < 0.5
    assert len(null["image"].each) == 3
    assert other_patients(SUBJECTS[:1], SUBJECTS[:1]) == {}


def test_the_same_model_draws_the_same():
    """Another model is compared image by image."""
    found = compare_with(SUBJECTS, draw, explained_at(TARGET, 0.1), Journal(), "same")
    assert found["weights"].ssim == pytest.approx(1)


def test_without_images_there_is_nothing():
    """A model whose images are all healthy."""
    assert random_layers([], draw, 3, 0.1, 20, Journal()) == {}
    assert compare_with([], draw, explained_at(TARGET, 0.1), Journal(), "same") == {}


def test_what_was_compared_before_a_kill_is_not_compared_again(tmp_path: Path):
    """A later call has the same figures of it, and explains nothing anew."""

    def never(*given: object) -> np.ndarray:
        raise AssertionError(given)

    path = tmp_path / "journal"
    one, other = explained_at(TARGET, 0.1), Journal(path)
    first = compare_with(SUBJECTS[:1], draw, one, other, "fold1")
    assert compare_with(SUBJECTS[:1], never, one, Journal(path), "fold1") == first
    both = compare_with(SUBJECTS[:2], draw, one, Journal(path), "fold1")
    assert both["image"].each[:1] == first["image"].each
