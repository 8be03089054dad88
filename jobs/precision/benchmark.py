"""Which precision is the fastest on this machine: measured on views of the study."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from jobs.common import resources
from jobs.common.types import Array
from jobs.model.extractor import FeatureExtractor

LARGEST_ERROR = 0.05  # of averaged features; at 0.029, no AUC was seen to fall (docs/findings.md)
_LEAST_GAIN = 1.1  # below it, float32 stays: it is the same on every machine
_ROUNDS = 5


@dataclass(frozen=True)
class Trial:
    """The time that a precision takes, and the error that it makes.

    Attributes:
        milliseconds: per view, by the clock, in the fastest of some rounds.
        cpu_milliseconds: processor time per view in that round, all threads together.
        error: the relative difference of the features' means over places to those in float32, in
            the Euclidean norm.
    """

    milliseconds: float
    cpu_milliseconds: float
    error: float


def choose(trials: Mapping[str, Trial]) -> str:
    """The fastest precision whose error is small enough; float32 unless it is clearly faster."""
    near = {name: each for name, each in trials.items() if each.error <= LARGEST_ERROR}
    fastest = min(near, key=lambda name: near[name].milliseconds)
    gain = trials["float32"].milliseconds / near[fastest].milliseconds
    return fastest if gain >= _LEAST_GAIN else "float32"


def measure(
    extractors: Mapping[str, FeatureExtractor], batches: Sequence[Array]
) -> dict[str, Trial]:
    """Tries each extractor on the same views.

    They take turns, so that other work on the machine slows all of them alike.

    Args:
        extractors: by their precision, float32 among them.
        batches: views, each (n, rows, columns, 1) float32 in [-1, 1].
    """
    means = {name: _means(extractor, batches) for name, extractor in extractors.items()}
    rounds = [
        {name: _time(extractor, batches[0]) for name, extractor in extractors.items()}
        for _ in range(_ROUNDS)
    ]
    truth = means["float32"]
    trials = {}
    for name, values in means.items():
        seconds, cpu = min(each[name] for each in rounds)
        error = np.linalg.norm(values - truth) / np.linalg.norm(truth)
        trials[name] = Trial(round(seconds * 1e3, 3), round(cpu * 1e3, 3), round(float(error), 5))
    return trials


def describe(trials: Mapping[str, Trial], refused: Mapping[str, str]) -> dict[str, Any]:
    """What choice.json says: what was picked, by which rule, and what was measured."""
    return {
        "picked": choose(trials),
        "largest_error": LARGEST_ERROR,
        "least_gain": _LEAST_GAIN,
        "measured": {name: asdict(trial) for name, trial in trials.items()},
        "refused": dict(refused),
    }


def _means(extractor: FeatureExtractor, batches: Sequence[Array]) -> Array:
    """The features' means over places, (views, channels)."""
    return np.concatenate([extractor.features(batch).mean(axis=(1, 2)) for batch in batches])


def _time(extractor: FeatureExtractor, views: Array) -> tuple[float, float]:
    """Seconds per view, by the clock and of processor time."""
    clock, cpu = time.perf_counter(), resources.cpu_seconds()
    extractor.features(views)
    took = time.perf_counter() - clock, resources.cpu_seconds() - cpu
    return took[0] / len(views), took[1] / len(views)
