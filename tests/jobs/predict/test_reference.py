"""How far an image is from the training images."""

import numpy as np
import pytest

from jobs.predict.reference import (
    fit_reference,
    reference_from_bytes,
    reference_to_bytes,
)

PATIENTS = [f"p{number // 2}" for number in range(200)]


def averages(seed=1, images=200, shift=0.0):
    """Two depths; the second one's channels depend on each other."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(images, 6))
    mixed = values @ np.random.default_rng(0).normal(size=(6, 8))
    return {"near": values.astype(np.float32) + shift, "far": mixed.astype(np.float32)}


@pytest.fixture(scope="module")
def reference():
    """Of 200 images of 100 patients."""
    return fit_reference(averages(), PATIENTS)


def one(values, index):
    return {name: each[index : index + 1] for name, each in values.items()}


def outside(reference, values):
    count = len(next(iter(values.values())))
    return np.mean([reference.distance(one(values, index)).is_outside for index in range(count)])


def test_about_one_in_a_hundred_of_the_same_kind_is_outside(reference):
    """The limit is where it says, for images that it was not fitted on."""
    assert outside(reference, averages(seed=2, images=500)) <= 0.04


def test_what_differs_at_one_depth_is_outside(reference):
    """It is enough, and the depth is named."""
    values = averages(seed=3, images=20, shift=6.0)
    found = [reference.distance(one(values, index)) for index in range(20)]
    assert all(each.is_outside and each.depth == "near" for each in found)


def test_patients_are_held_out_whole():
    """Images of one patient that look alike do not make held-out images look near."""
    values = {name: np.repeat(each[:10], 10, axis=0) for name, each in averages(seed=4).items()}
    known = fit_reference(values, [f"p{number // 10}" for number in range(100)])
    hidden = fit_reference(values, [str(number) for number in range(100)])
    for name in values:
        assert known.depths[name].centre > 1.2 * hidden.depths[name].centre


def test_it_is_stored_whole(reference):
    """What was read again gives the same distances, bit for bit."""
    again = reference_from_bytes(reference_to_bytes(reference))
    values = one(averages(seed=6), 0)
    assert again.distance(values) == reference.distance(values)
    assert (again.images, again.limit) == (200, reference.limit)
