"""What must hold of the images that were written."""

import pytest

from mammo_tfds.inbreast.checks import require_sound
from mammo_tfds.inbreast.tables import Image
from mammo_tfds.release.release import ReleaseError
from mammo_tfds.splits import SplitError

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


SOUND = [image(1, "test"), image(2, "test", "5"), image(3, "fold0"), image(4, "fold0", "4a")]


def test_sound_splits_pass():
    """Splits with both classes that share nothing are fine."""
    require_sound(SOUND, ["test", "fold0"], SICK)


def test_no_patient_in_two_splits():
    """A patient in two splits is an error that names the splits and the patient."""
    images = [*SOUND, image(5, "fold0", patient=SOUND[0].patient)]
    with pytest.raises(SplitError, match=f"test and fold0 .* patients.*{SOUND[0].patient}"):
        require_sound(images, ["test", "fold0"], SICK)


def test_no_picture_in_two_splits():
    """Two images with the same pixels in different splits are an error that names both."""
    images = [*SOUND, image(5, "fold0", pixels_sha256=SOUND[0].pixels_sha256)]
    with pytest.raises(ReleaseError, match="image 1 in test is pixel for pixel image 5 in fold0"):
        require_sound(images, ["test", "fold0"], SICK)


def test_one_picture_twice_in_a_split():
    """The same pixels twice within a split leak nothing."""
    images = [*SOUND, image(5, "test", pixels_sha256=SOUND[0].pixels_sha256)]
    require_sound(images, ["test", "fold0"], SICK)


@pytest.mark.parametrize(("lost", "word"), [(2, "healthy"), (3, "sick")])
def test_each_split_keeps_both_classes(lost: int, word: str):
    """A split whose images of one class could not be read is an error that names both."""
    images = [each for each in SOUND if each is not SOUND[lost]]
    with pytest.raises(ReleaseError, match=f"a {word} image, and fold0 has none left"):
        require_sound(images, ["test", "fold0"], SICK)


def test_each_split_keeps_images():
    """A split of which nothing could be read is an error."""
    with pytest.raises(ReleaseError, match="fold0 has none left"):
        require_sound(SOUND[:2], ["test", "fold0"], SICK)
