"""What radiologists drew on an image: kinds and size, as the dataset's manifest has them.

They describe the cases that a model is good or bad at. No model has seen them: whether an image has
a contour gives its label away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """The findings of an image.

    Attributes:
        kinds: mass, calcification and so on, sorted; () where nothing was drawn.
        extent: the largest one's diameter in pixels of the image; 0 of a single point.
    """

    kinds: tuple[str, ...]
    extent: float


def read_findings(notes: Mapping[str, Any]) -> dict[str, Finding] | None:
    """The findings of each image that has any, by its id; None where the notes have none at all.

    Args:
        notes: those of the dataset's manifest.
    """
    found = notes.get("findings")
    if not found:
        return None
    return {
        image: Finding(tuple(each["kinds"]), float(each["extent"])) for image, each in found.items()
    }
