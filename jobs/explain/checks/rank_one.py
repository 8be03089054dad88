"""Whether what arrives at a layer depends on what was sent back: the rank-1 curve.

Random vectors are sent back from one place of the last feature maps. Where they all arrive alike,
up to a factor, the layers between have forgotten what was sent, and no head can change the map.

Source: Sixt et al., When explanations lie, ICML 2020, section 4 (cosine similarity convergence).
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array, Tensor
from jobs.explain.backward import Rule, send_back
from jobs.explain.forward import Forward, run_forward
from jobs.explain.target import ExplainedModel
from jobs.model import tf_runtime
from jobs.model.graph import INPUT, Concatenation, Convolution, Network

VECTORS = 3
FORGETFUL = 0.95
"""A median cosine at the input from here on means that the map has forgotten what was sent."""


def rank_one_curve(
    target: ExplainedModel, view: Array, rule_of: Callable[[Forward], Rule], seed: int
) -> list[dict[str, Any]]:
    """How alike random vectors arrive, block by block from the last feature maps to the input.

    Args:
        view: (rows, columns) float32.
        rule_of: the method's rule for what the network's nodes made of the view.
        seed: of the vectors.

    Returns:
        Of each block its name, `at`, and the `cosine`: the median over pairs of vectors, absolute,
        from 0 to 1; "" is the input.
    """
    forward = run_forward(target.base, view[np.newaxis, ..., np.newaxis])
    rule = rule_of(forward)
    arrived = [send_back(forward, each, rule) for each in _vectors(forward, seed)]
    ends = [name for name in reversed(_ends(target.base)) if name in arrived[0]]
    return [{"at": name, "cosine": _median_cosine(arrived, name)} for name in [*ends, INPUT]]


def _vectors(forward: Forward, seed: int) -> list[Tensor]:
    """Random vectors at the place where the last feature maps are strongest."""
    tf = tf_runtime.start()
    values = forward.output.numpy()
    row, column = np.unravel_index(np.argmax(values[0].sum(axis=-1)), values.shape[1:3])
    found = []
    for number in range(VECTORS):
        sent = np.zeros_like(values)
        draw = rng(seed, "rank one", number).standard_normal(values.shape[-1], np.float32)
        sent[0, row, column] = draw * (values[0, row, column] > 0)
        found.append(tf.constant(sent))
    return found


def _ends(base: Network) -> list[str]:
    """The ends of the blocks before the last node; in a plain network, of the convolutions."""
    kind = Concatenation if any(isinstance(n.operation, Concatenation) for n in base) else None
    return [n.name for n in base[:-1] if isinstance(n.operation, kind or Convolution)]


def _median_cosine(arrived: Sequence[Mapping[str, Tensor]], name: str) -> float | None:
    flat = [each[name].numpy().ravel().astype(np.float64) for each in arrived]
    cosines = [
        abs(float(one @ other)) / size
        for one, other in itertools.combinations(flat, 2)
        if (size := float(np.linalg.norm(one) * np.linalg.norm(other))) > 0
    ]
    return float(np.median(cosines)) if cosines else None
