"""Where the breast lies: on drawn images, whose breast is known, and on real ones."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from jobs.views.breast import Box, block_mean, erase_others, find_breast
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.release.contours import mask
from mammo_tfds.release.release import Record, read_release

LABEL = (slice(20, 45), slice(210, 260))
_SHAPE = (500, 320)  # cells of 2 pixels, of which both sides are multiples
_REACH = 3 * 2  # pixels: the margin of two cells, and one for the cell that the edge is in


def ellipse(shape: tuple[int, int], height: float, depth: float, middle: float) -> np.ndarray:
    """(H, W) bool: half an ellipse at the left edge, `depth` of the width deep."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    down = (y + 0.5 - middle * shape[0]) / (height / 2 * shape[0])
    return down**2 + ((x + 0.5) / (depth * shape[1])) ** 2 < 1


def breast_of(inside: np.ndarray) -> np.ndarray:
    """(H, W) uint16: fat with brighter glands in it, on a background of 0; read-only."""
    grain = np.random.default_rng(5).integers(0, 60, inside.shape)
    image = np.where(inside, 700 + grain, 0)
    image[inside & (grain > 40)] += 900
    return frozen(image)


def frozen(image: np.ndarray) -> np.ndarray:
    image = image.astype(np.uint16)
    image.flags.writeable = False
    return image


def with_bright(image: np.ndarray, *places: tuple[slice, slice], value: int = 4000) -> np.ndarray:
    marked = image.copy()
    for place in places:
        marked[place] = value
    return frozen(marked)


def cut(image: np.ndarray, box: Box) -> np.ndarray:
    return image[box.top : box.bottom, box.left : box.right]


INSIDE = ellipse(_SHAPE, height=0.6, depth=0.5, middle=0.55)
BREAST = breast_of(INSIDE)


def assert_around(box: Box, inside: np.ndarray) -> None:
    """The box holds all of the breast, and no edge is further from it than the margin."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    assert rows[0] - _REACH <= box.top <= rows[0]
    assert rows[-1] < box.bottom <= rows[-1] + 1 + _REACH
    assert max(0, columns[0] - _REACH) <= box.left <= columns[0]
    assert columns[-1] < box.right <= columns[-1] + 1 + _REACH


@settings(max_examples=25)
@given(height=st.floats(0.3, 0.8), depth=st.floats(0.2, 0.9), middle=st.floats(0.45, 0.55))
def test_the_box_is_around_the_breast(height: float, depth: float, middle: float):
    """All of a breast is in its box, and little else."""
    inside = ellipse(_SHAPE, height, depth, middle)
    assert_around(find_breast(breast_of(inside)).box, inside)


def test_a_label_is_no_part_of_the_breast():
    """Letters beside the breast are outside the box, however bright they are."""
    assert find_breast(with_bright(BREAST, LABEL)).box == find_breast(BREAST).box


def test_a_film_border_is_no_part_of_the_breast():
    """White edges of a film do not widen the box, though they are as long as the image."""
    edges = (slice(0, 6), slice(None)), (slice(None), slice(314, 320))
    assert_around(find_breast(with_bright(BREAST, *edges)).box, INSIDE)


def test_what_is_beside_the_breast_is_wiped_off():
    """Labels and borders become background; the breast stays as it is, to the pixel."""
    line = (slice(None), slice(316, 320))
    marked = with_bright(BREAST, LABEL, line)
    cleaned = erase_others(marked, find_breast(marked))
    assert np.array_equal(cleaned, BREAST)


def test_nothing_to_wipe_off():
    """An image without labels comes back equal, as a copy of its own."""
    cleaned = erase_others(BREAST, find_breast(BREAST))
    assert np.array_equal(cleaned, BREAST)
    assert cleaned.flags.writeable


def test_fat_is_breast():
    """The dark rim of fat around bright, dense glands belongs to the breast."""
    glands = ellipse(_SHAPE, height=0.35, depth=0.3, middle=0.55)
    image = frozen(np.where(glands, 3000, np.where(INSIDE, 320, 0)))
    found = find_breast(image)
    assert_around(found.box, INSIDE)
    assert np.array_equal(erase_others(image, found), image)


def test_a_dark_hole_is_breast():
    """What the breast surrounds belongs to it: a cyst of oil, a void in a phantom."""
    y, x = np.ogrid[: _SHAPE[0], : _SHAPE[1]]
    hole = (y - 275) ** 2 + (x - 60) ** 2 < 30**2
    assert (
        find_breast(frozen(np.where(hole, 0, BREAST))).mask.sum() == find_breast(BREAST).mask.sum()
    )


def test_a_label_that_touches_the_breast():
    """The part beside the breast is erased; no pixel of the breast is."""
    edge = int(np.flatnonzero(INSIDE[275])[-1])
    line = (slice(272, 276), slice(edge - 10, 280))  # thinner than a breast, and bright
    marked = with_bright(BREAST, line)
    found = find_breast(marked)
    cleaned = erase_others(marked, found)
    assert np.array_equal(cleaned[INSIDE], marked[INSIDE])
    assert found.box.right < edge + 20
    assert cleaned[272:276, edge + 20 :].max() == 0


def test_the_pectoral_muscle_is_in_the_box():
    """In an MLO image the muscle, which is brighter than the breast and fills a corner, is kept."""
    y, x = np.ogrid[: _SHAPE[0], : _SHAPE[1]]
    muscle = x / 130 + y / 300 < 1
    image = frozen(np.where(muscle, 2600, BREAST))
    box = find_breast(with_bright(image, LABEL)).box
    assert (box.top, box.left) == (0, 0)
    assert_around(box, INSIDE | muscle)


def test_a_background_above_zero():
    """What the darkest grey is does not matter."""
    assert find_breast(frozen(BREAST + 800)).box == find_breast(BREAST).box


@settings(max_examples=25)
@given(
    depth=st.floats(0.2, 0.9),
    middle=st.floats(0.4, 0.6),
    row=st.integers(0, 450),
    column=st.integers(0, 300),
)
def test_a_mirrored_image_has_the_mirrored_box(depth: float, middle: float, row: int, column: int):
    """Left and right breasts are treated alike."""
    image = breast_of(ellipse(_SHAPE, 0.6, depth, middle))
    image = with_bright(image, (slice(row, row + 15), slice(column, column + 20)))
    box, mirrored = find_breast(image).box, find_breast(image[:, ::-1]).box
    width = image.shape[1]
    assert mirrored == Box(box.top, width - box.right, box.bottom, width - box.left)


@pytest.mark.parametrize("value", [0, 1, 700, 65535])
def test_an_image_of_one_grey(value: int):
    """If nothing is bright, the box is the whole image and nothing is erased."""
    image = frozen(np.full((480, 300), value))
    found = find_breast(image)
    assert found.box == Box(0, 0, 480, 300)
    assert found.mask.all()
    assert np.array_equal(erase_others(image, found), image)


@given(
    arrays.arrays(
        np.uint16, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40), fill=st.just(0)
    )
)
def test_any_image_has_a_box(image: np.ndarray):
    """Tiny images and nonsense give a box that is not empty and lies within the image."""
    found = find_breast(image)
    rows, columns = image.shape
    assert 0 <= found.box.top < found.box.bottom <= rows
    assert 0 <= found.box.left < found.box.right <= columns
    assert cut(image, found.box).shape == found.box.shape
    assert found.mask.shape == found.others.shape
    assert not (found.mask & found.others).any()
    assert erase_others(image, found).dtype == np.uint16


def test_the_mask_is_coarse():
    """Cells of `cell` pixels cover the image; there are at most 256 along its longest side."""
    found = find_breast(frozen(np.eye(1025, 700)))
    assert found.cell == 5
    assert found.mask.shape == (205, 140)


@given(
    arrays.arrays(np.uint16, st.tuples(st.integers(1, 12), st.integers(1, 12))),
    st.integers(1, 15),
)
def test_block_means(image: np.ndarray, cell: int):
    """Each block's mean is NumPy's of its pixels, also of the smaller blocks at the far edges."""
    means = block_mean(image, cell)
    assert means.shape == tuple(-(-side // cell) for side in image.shape)
    for (row, column), value in np.ndenumerate(means):
        block = image[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell]
        assert value == pytest.approx(block.mean(dtype=np.float64), rel=1e-12)


def real(shared: Path, name: str, step: int) -> tuple[Record, ...]:
    return read_release(shared / name).records[::step]


def test_real_breasts_are_in_their_boxes(shared: Path):
    """Digital mammograms: nearly everything bright is in a box of a breast's size."""
    for record in real(shared, "real_mammograms", 28):
        image = read_pixels(record.path)
        box = find_breast(image).box
        assert 0.1 < np.prod(box.shape) / image.size < 0.98, record.image_id
        # The rest is labels and the fold of the belly.
        inside = cut(image, box).sum(dtype=np.float64) / image.sum(dtype=np.float64)
        assert inside > 0.9, record.image_id


def test_real_masses_are_in_the_breast(shared: Path):
    """Film: each mass that a radiologist drew is within the box, and no pixel of it is erased."""
    for record in real(shared, "real_masses", 19):
        image = read_pixels(record.path)
        found = find_breast(image)
        mass = mask(record.contours, image.shape)
        assert cut(mass, found.box).sum() == mass.sum(), record.image_id
        changed = erase_others(image, found) != image
        assert not (changed & mass).any(), record.image_id


@pytest.mark.parametrize(
    ("folder", "image_id", "label"),
    [  # where the letters are, read off the images
        ("real_mammograms", "60009843", (slice(57, 75), slice(75, 138))),
        ("real_mammograms", "60001887", (slice(57, 75), slice(75, 138))),
        ("real_masses", "70002806", (slice(36, 104), slice(652, 744))),
    ],
)
def test_real_labels_are_not_in_the_breast(
    shared: Path, folder: str, image_id: str, label: tuple[slice, slice]
):
    """Letters burned into real images are outside the box, and erased."""
    (record,) = (one for one in real(shared, folder, 1) if one.image_id == image_id)
    image = read_pixels(record.path)
    found = find_breast(image)
    beside = np.zeros(image.shape, bool)
    beside[label] = True
    assert image[label].max() > 90
    assert not cut(beside, found.box).any()
    assert erase_others(image, found)[label].max() < 30


def test_dense_breasts_of_the_real_set(shared: Path):
    """Bright glands in dark fat: nothing that touches the breast is taken for a label."""
    for record in real(shared, "real_mammograms", 1):
        if record.image_id in ("60006375", "60008092", "60009792"):
            image = read_pixels(record.path)
            found = find_breast(image)
            wiped = erase_others(image, found) != image
            assert wiped.mean() < 0.02, record.image_id
