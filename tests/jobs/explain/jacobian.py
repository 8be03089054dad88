"""Rules of relevance a second time, slowly: from a layer's Jacobian, in float64, by loops.

Nothing of `jobs.explain` or TensorFlow is used. A layer is its Jacobian, (outputs, inputs), and its
biases, (outputs,); inputs, outputs and relevance are vectors.
"""

import itertools
from collections.abc import Callable

import numpy as np

from jobs.model.graph import Convolution


def linear_layer(
    convolution: Convolution, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """The Jacobian and biases of a convolution, its average included, for inputs of `shape`."""
    rows, columns, channels = shape
    high, wide, _, filters = convolution.kernel.shape
    down, up, height = _windows(rows, high, convolution.strides[0], convolution.padding)
    across, left, width = _windows(columns, wide, convolution.strides[1], convolution.padding)
    jacobian = np.zeros((height, width, filters, rows, columns, channels))
    places = itertools.product(range(height), range(width), range(high), range(wide))
    for y, x, i, j in places:
        row, column = y * down - up + i, x * across - left + j
        if 0 <= row < rows and 0 <= column < columns:
            jacobian[y, x, :, row, column] += convolution.kernel[i, j].T
    if convolution.average:
        jacobian = _average(jacobian, convolution.average)
    biases = np.tile(convolution.bias.astype(float), height * width)
    return jacobian.reshape(height * width * filters, -1), biases


def _windows(side: int, size: int, stride: int, padding: str) -> tuple[int, int, int]:
    """Stride, places before the first, and count, as TensorFlow's documentation defines them."""
    if padding == "VALID":
        return stride, 0, (side - size) // stride + 1
    count = -(-side // stride)
    return stride, max((count - 1) * stride + size - side, 0) // 2, count


def _average(jacobian: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    """Each place's mean with its neighbours that are there."""
    above, before = ((size - 1) // 2 for size in window)
    averaged = np.empty_like(jacobian)
    for y, x in itertools.product(*map(range, jacobian.shape[:2])):
        rows = slice(max(0, y - above), y - above + window[0])
        columns = slice(max(0, x - before), x - before + window[1])
        averaged[y, x] = jacobian[rows, columns].mean(axis=(0, 1))
    return averaged


Reference = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""(Jacobian, biases, inputs, relevance) -> the inputs' relevance."""


def share(contributions: np.ndarray, rest: np.ndarray, relevance: np.ndarray) -> np.ndarray:
    """Each output's relevance by contributions (outputs, inputs); the biases' are `rest`."""
    shared = np.zeros(contributions.shape[1])
    for row, other, each in zip(contributions, rest, relevance, strict=True):
        total = row.sum() + other
        if total != 0:
            shared += row / total * each
    return shared


def zero(jacobian, biases, inputs, relevance):
    return share(jacobian * inputs, biases, relevance)


def epsilon(jacobian, biases, inputs, relevance, size=0.25):
    outputs = jacobian @ inputs + biases
    added = size * np.sqrt(np.mean(outputs**2)) * np.where(outputs >= 0, 1, -1)
    return share(jacobian * inputs, biases + added, relevance)


def gamma(jacobian, biases, inputs, relevance, weight=0.25):
    raised = jacobian + weight * jacobian.clip(0)
    return share(raised * inputs, biases + weight * biases.clip(0), relevance)


def z_plus(jacobian, biases, inputs, relevance):
    return share((jacobian * inputs).clip(0), biases.clip(0), relevance)


def alpha2_beta1(jacobian, biases, inputs, relevance):
    subtracted = share((jacobian * inputs).clip(None, 0), biases.clip(None, 0), relevance)
    return 2 * z_plus(jacobian, biases, inputs, relevance) - subtracted


def w_square(jacobian, biases, inputs, relevance):
    return share(jacobian**2, 0 * biases, relevance)


def z_box(jacobian, biases, inputs, relevance, low=-1, high=1):
    least = np.where(jacobian > 0, low, high)
    return share(jacobian * (inputs - least), 0 * biases, relevance)


def flat(jacobian, biases, inputs, relevance):
    return share((jacobian != 0).astype(float), 0 * biases, relevance)


REFERENCES: dict[str, Reference] = {
    "alpha2_beta1": alpha2_beta1,
    "epsilon": epsilon,
    "flat": flat,
    "gamma": gamma,
    "w_square": w_square,
    "z_box": z_box,
    "z_plus": z_plus,
    "zero": zero,
}
