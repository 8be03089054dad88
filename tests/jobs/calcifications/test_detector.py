"""The detector's logits."""

import numpy as np

from jobs.calcifications.candidates import PATCH
from jobs.calcifications.detector import CHANNELS, SHAPES, Detector

WEIGHTS = {
    name: np.random.default_rng(number).normal(0, 0.1, shape).astype(np.float32)
    for number, (name, shape) in enumerate(SHAPES.items())
}
DETECTOR = Detector(**WEIGHTS)


def patches(count: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(count, PATCH, PATCH)).astype(np.float16)


def test_its_size_is_that_of_the_source():
    """About 29,000 weights, as Luna-Lozoya et al. (2024) have."""
    assert sum(each.size for each in WEIGHTS.values()) == 29_869


def test_it_agrees_with_convolutions_written_out():
    """Each by its definition: the products with the pixels under the kernel, added; cut at 0."""
    patch = patches(1)[0].astype(np.float64)
    first = np.zeros((9, 9, CHANNELS[0]))
    for i, j in np.ndindex(9, 9):
        under = patch[2 * i : 2 * i + 9, 2 * j : 2 * j + 9]
        first[i, j] = (under[..., np.newaxis] * WEIGHTS["kernel1"][:, :, 0]).sum((0, 1))
    second = np.tensordot(np.maximum(first + WEIGHTS["bias1"], 0), WEIGHTS["kernel2"], 3)
    expected = np.maximum(second + WEIGHTS["bias2"], 0) @ WEIGHTS["weight"] + WEIGHTS["bias"]
    np.testing.assert_allclose(DETECTOR.logits(patches(1)), [expected], rtol=1e-4)


def test_a_patch_has_the_same_logit_alone_and_among_others():
    """Up to float32's rounding, also where they do not fit into one part."""
    many = patches(230)
    alone = [DETECTOR.logits(each[np.newaxis])[0] for each in many]
    np.testing.assert_allclose(DETECTOR.logits(many), alone, rtol=1e-4, atol=1e-5)


def test_no_patches_have_no_logits():
    """An image without candidates is not an error."""
    assert DETECTOR.logits(patches(0)).shape == (0,)
