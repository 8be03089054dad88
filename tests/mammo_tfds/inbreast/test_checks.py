"""Requirements for the images that were written."""

import pytest

from mammo_tfds.inbreast.checks import require_valid_splits
from mammo_tfds.inbreast.tables import Image
from mammo_tfds.release.release import ReleaseError
from mammo_tfds.release.splits import SplitError

SICK = (4, 5, 6)


def image(number: int, split: str, birads: str = "2", **other: str) -> Image:
    fields = {"patient": f"{number:016x}", "pixels_sha256": f"{number:064x}", **other}
    return Image(
        image_id=str(number),
        side="L",
        view="CC",
        birads=birads,
        density=1,
        split=split,
        index=0,
        rows=4,
        columns=4,
        **fields,
    )


VALID = [image(1, "test"), image(2, "test", "5"), image(3, "fold0"), image(4, "fold0", "4a")]


def test_valid_splits():
    """Splits that share nothing and have both classes are accepted."""
    require_valid_splits(VALID, ["test", "fold0"], SICK)


def test_no_patient_in_two_splits():
    """A patient in two splits is an error that names the splits and the patient."""
    images = [*VALID, image(5, "fold0", patient=VALID[0].patient)]
    with pytest.raises(SplitError, match=f"test and fold0 .* patients.*{VALID[0].patient}"):
        require_valid_splits(images, ["test", "fold0"], SICK)


def test_no_pixels_in_two_splits():
    """Two images with the same pixels in different splits are an error that names both."""
    images = [*VALID, image(5, "fold0", pixels_sha256=VALID[0].pixels_sha256)]
    with pytest.raises(
        ReleaseError, match="image 1 in test has the same pixels as image 5 in fold0"
    ):
        require_valid_splits(images, ["test", "fold0"], SICK)


def test_the_same_pixels_within_a_split():
    """Two images with the same pixels in one split are no leak, and accepted."""
    images = [*VALID, image(5, "test", pixels_sha256=VALID[0].pixels_sha256)]
    require_valid_splits(images, ["test", "fold0"], SICK)


@pytest.mark.parametrize(("lost", "word"), [(2, "healthy"), (3, "sick")])
def test_each_split_keeps_both_classes(lost: int, word: str):
    """A split without a readable image of a class is an error that names split and class."""
    images = [each for each in VALID if each is not VALID[lost]]
    with pytest.raises(ReleaseError, match=f"a {word} image, and fold0 has none that can be read"):
        require_valid_splits(images, ["test", "fold0"], SICK)


def test_each_split_keeps_images():
    """A split without a readable image is an error."""
    with pytest.raises(ReleaseError, match="fold0 has none that can be read"):
        require_valid_splits(VALID[:2], ["test", "fold0"], SICK)
