"""Where an image's candidates lie, in which order, and what their patches show."""

import numpy as np
import pytest

from jobs.calcifications.candidates import PATCH, find_candidates
from tests.specks import PLACES, specked_image


def places_of(candidates) -> set[tuple[int, int]]:
    return set(zip(candidates["row"].tolist(), candidates["column"].tolist(), strict=True))


def test_the_specks_are_the_first_candidates():
    """Each at its brightest pixel's place, before all of the noise."""
    found = places_of(find_candidates(specked_image(), len(PLACES)))
    assert all(min(np.hypot(y - r, x - c) for r, c in found) <= 1 for y, x in PLACES)


def test_the_brightest_come_first():
    """And no more than asked for; fewer are the same ones."""
    image = specked_image()
    many, few = find_candidates(image, 50), find_candidates(image, 7)
    assert (np.diff(many["contrast"]) <= 0).all()
    assert len(many) == 50 and np.array_equal(many[:7], few)


def test_a_patch_is_the_image_around_its_candidate():
    """The speck is in the middle, where the detector's receptive field is centred."""
    for candidate in find_candidates(specked_image(), len(PLACES)):
        patch, middle = candidate["patch"].astype(float), PATCH // 2
        assert patch[middle - 2 : middle + 3, middle - 2 : middle + 3].max() == patch.max()


@pytest.mark.parametrize("axis", [0, 1])
def test_a_mirrored_image_has_the_mirrored_candidates(axis):
    """Left and right breasts are the same to it."""
    image = specked_image()
    length = image.shape[axis] - 1
    mirrored = {
        (length - r, c) if axis == 0 else (r, length - c)
        for r, c in places_of(find_candidates(np.flip(image, axis), len(PLACES)))
    }
    assert mirrored == places_of(find_candidates(image, len(PLACES)))


def test_nothing_is_found_outside_the_breast():
    """Neither in air nor on the skin line."""
    found = find_candidates(specked_image(), 1000)
    image = specked_image()
    assert (image[found["row"], found["column"]] > 0).all()


@pytest.mark.parametrize("shape", [(48, 40), (9, 7), (400, 300)])
def test_an_image_without_anything_has_few_candidates_or_none(shape):
    """Neither a small nor an empty image is an error."""
    assert len(find_candidates(np.zeros(shape, np.uint16), 10)) <= 10
