"""What must hold of the images that were written, whatever was left out on the way."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from mammo_tfds.inbreast.tables import Image
from mammo_tfds.release.release import ReleaseError, is_sick
from mammo_tfds.splits import check_disjoint


def require_sound(images: Iterable[Image], splits: Collection[str], sick: Collection[int]) -> None:
    """Returns if splits share neither patients nor pixels, and each has both classes.

    Raises:
        SplitError: two splits share a patient.
        ReleaseError: two splits share a picture, or one has lost a class with the images that
            could not be read.
    """
    images = tuple(images)
    check_disjoint(_members(images, lambda image: image.patient), "patients")
    _require_no_picture_twice(images)
    labels = _members(images, lambda image: is_sick(image.birads, sick))
    for split in splits:
        for label, word in ((False, "healthy"), (True, "sick")):
            if label not in labels[split]:
                raise ReleaseError(
                    f"each split needs a {word} image, and {split} has none left: repair the "
                    "images that cannot be read"
                )


def _members(images: Iterable[Image], what: Callable[[Image], str | bool]) -> defaultdict[str, set]:
    members = defaultdict(set)
    for image in images:
        members[image.split].add(what(image))
    return members


def _require_no_picture_twice(images: Iterable[Image]) -> None:
    seen: dict[str, Image] = {}
    for image in images:
        other = seen.setdefault(image.pixels_sha256, image)
        if other.split != image.split:
            raise ReleaseError(
                f"splits must share no pixels, and image {other.image_id} in {other.split} is "
                f"pixel for pixel image {image.image_id} in {image.split}: leave one of them out "
                "of the release"
            )
