"""Requirements for the images that were written, after unreadable ones were left out."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from mammo_tfds.inbreast.tables import Image
from mammo_tfds.release.release import ReleaseError, is_sick
from mammo_tfds.release.splits import require_disjoint


def require_valid_splits(
    images: Iterable[Image], splits: Collection[str], sick: Collection[int]
) -> None:
    """Returns if the splits share no patients and no pixels, and each has both classes.

    Args:
        images: those that were written.
        splits: the names of all splits.
        sick: the BI-RADS categories of the sick class.

    Raises:
        SplitError: two splits share a patient.
        ReleaseError: two splits share an image with the same pixels, or a split has no image of a
            class, because those could not be read.
    """
    images = tuple(images)
    require_disjoint(_group_by_split(images, lambda image: image.patient), "patients")
    _require_disjoint_pixels(images)
    labels = _group_by_split(images, lambda image: is_sick(image.birads, sick))
    for split in splits:
        for label, word in ((False, "healthy"), (True, "sick")):
            if label not in labels[split]:
                raise ReleaseError(
                    f"each split needs a {word} image, and {split} has none that can be read: "
                    "repair the images that were left out"
                )


def _group_by_split(
    images: Iterable[Image], value: Callable[[Image], str | bool]
) -> defaultdict[str, set]:
    """Split name -> the values of its images."""
    values = defaultdict(set)
    for image in images:
        values[image.split].add(value(image))
    return values


def _require_disjoint_pixels(images: Iterable[Image]) -> None:
    first: dict[str, Image] = {}
    for image in images:
        other = first.setdefault(image.pixels_sha256, image)
        if other.split != image.split:
            raise ReleaseError(
                f"splits must share no pixels, and image {other.image_id} in {other.split} has "
                f"the same pixels as image {image.image_id} in {image.split}: remove one of them "
                "from the release"
            )
