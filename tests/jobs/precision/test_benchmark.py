"""Which precision is picked, and how it is measured."""

import json

import numpy as np
import pytest

from jobs.precision.benchmark import LARGEST_ERROR, Trial, choose, describe, measure


def trials(**milliseconds_and_error: tuple[float, float]) -> dict[str, Trial]:
    """Trials by precision: milliseconds a view, and the error."""
    return {name: Trial(ms, 2 * ms, error) for name, (ms, error) in milliseconds_and_error.items()}


@pytest.mark.parametrize(
    ("others", "picked"),
    [
        ({}, "float32"),
        ({"int8": (30, 0.03), "bfloat16": (60, 0.01)}, "int8"),
        ({"int8": (30, 0.051), "bfloat16": (60, 0.01)}, "bfloat16"),
        ({"bfloat16": (95, 0.01)}, "float32"),
        ({"float16": (140, 0.001)}, "float32"),
    ],
    ids=["alone", "fastest", "too far", "hardly faster", "slower"],
)
def test_the_fastest_with_a_small_error_is_picked(others, picked):
    """An error above the bound rules it out; float32 stays unless another is clearly faster."""
    assert choose(trials(float32=(100, 0), **others)) == picked


class Scaled:
    """An extractor whose features are its views, scaled."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def features(self, views: np.ndarray) -> np.ndarray:
        return views * np.float32(self.scale)


def test_the_error_is_of_averaged_features():
    """It is relative to float32's features, over all views."""
    views = np.random.default_rng(0).uniform(0.5, 1, (6, 4, 5, 3)).astype(np.float32)
    extractors = {"float32": Scaled(1), "bfloat16": Scaled(1.02)}
    measured = measure(extractors, [views[:4], views[4:]])
    assert measured["float32"].error == 0
    assert measured["bfloat16"].error == pytest.approx(0.02, rel=1e-3)
    assert all(trial.milliseconds > 0 for trial in measured.values())


def test_the_choice_gives_its_reasons():
    """All figures, the rule, and why a precision was not tried."""
    choice = describe(trials(float32=(100, 0)), {"int8": "OpenVINO is not installed"})
    assert json.loads(json.dumps(choice)) == {
        "picked": "float32",
        "largest_error": LARGEST_ERROR,
        "least_gain": 1.1,
        "measured": {"float32": {"milliseconds": 100, "cpu_milliseconds": 200, "error": 0}},
        "refused": {"int8": "OpenVINO is not installed"},
    }
