"""Occlusion: how much the logit falls when a patch of the view is blackened.

Zeiler and Fergus, Visualizing and Understanding Convolutional Networks, ECCV 2014, section 4.2. It
is a direct test of the model, of which only what a patch touches is computed again.
"""

from collections.abc import Iterator

import numpy as np

from jobs.common.types import Array
from jobs.explain.forward import run_forward
from jobs.explain.method import Method
from jobs.explain.target import BLACK, ExplainedModel
from jobs.explain.windows import Windows, recompute

_BATCH = 4  # patches at a time: more are slower, as their values leave the cache


def explain(
    target: ExplainedModel, view: Array, patch: float = 0.25, steps: int = 1, fill: float = BLACK
) -> Array:
    """The logit's mean fall over the patches that cover a pixel: above 0 what speaks for sick.

    Args:
        patch: each patch's side, as a share of the view's longer side.
        steps: how many patches begin on each patch's side: 2 overlap by a half.
        fill: what a patch is filled with. One that has this value already is not computed.
    """
    _, rows, columns, _ = view.shape
    side = max(1, round(patch * max(rows, columns)))
    falls, covers = np.zeros((2, rows, columns))
    corners = patch_corners((rows, columns), side, steps)
    for corner, fall in zip(corners, logit_falls(target, view, corners, side, fill), strict=True):
        inside = tuple(slice(max(0, at), at + side) for at in corner)
        falls[inside] += fall
        covers[inside] += 1
    return (falls / covers).astype(np.float32)


def patch_corners(size: tuple[int, int], side: int, steps: int) -> Array:
    """(n, 2) int: where patches begin, centred on the view, so that they cover it all."""
    step = max(1, side // steps)
    axes = []
    for length in size:
        count = 1 + max(0, -(-(length - side) // step))
        axes.append(np.arange(count) * step + (length - side - (count - 1) * step) // 2)
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)


def logit_falls(
    target: ExplainedModel, view: Array, corners: Array, side: int, fill: float
) -> Array:
    """How much the logit falls with each patch of `side` x `side` filled: (n,) float64."""
    size = np.minimum(side, view.shape[1:3])
    corners = np.clip(corners, 0, np.array(view.shape[1:3]) - size)
    forward = target.forward(view)
    values = {name: value.numpy() for name, value in forward.values.items()}
    features = values[target.features]
    falls = np.zeros(len(corners))
    changed = np.flatnonzero([_differs(view, corner, size, fill) for corner in corners])
    for some in _batches(changed):
        patches = np.full((len(some), *size, view.shape[-1]), fill, view.dtype)
        windows = recompute(target.base, values, Windows(corners[some], patches))
        logits = run_forward(target.head, windows.on(features)).output
        falls[some] = forward.logit - logits.numpy()[:, 0, 0, 0]
    return falls


def _differs(view: Array, corner: Array, size: Array, fill: float) -> bool:
    (top, left), (bottom, right) = corner, corner + size
    return bool((view[0, top:bottom, left:right] != fill).any())


def _batches(numbers: Array) -> Iterator[Array]:
    return (numbers[first : first + _BATCH] for first in range(0, len(numbers), _BATCH))


METHOD = Method(
    name="occlusion",
    title="Occlusion",
    source="Zeiler and Fergus, ECCV 2014",
    signed=True,
    compute=explain,
)
