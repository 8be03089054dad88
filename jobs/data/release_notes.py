"""What the dataset's manifest notes of its release, for the report: counts, and the findings.

The findings describe what a model is good or bad at. They are in the manifest, which no training
reads, because whether an image has a contour gives its label away.
"""

from itertools import combinations
from math import dist
from typing import Any

from mammo_tfds.release.contours import Contour
from mammo_tfds.release.release import Release, is_synthetic


def note_release(release: Release) -> dict[str, Any]:
    """The notes of a release that can be used.

    Returns:
        `synthetic`; `release`, how many images and patients it has; `findings`, the kinds of the
        contours of each image that has any and the diameter of the largest one in pixels.
    """
    assert release.table  # or the release would not be usable
    records = release.records
    return {
        "synthetic": is_synthetic(release.table.parent),
        "release": {
            "images": len(records),
            "patients": len({record.patient for record in records}),
        },
        "findings": {
            record.image_id: {
                "kinds": sorted({contour.kind for contour in record.contours}),
                "extent": round(max(map(_diameter, record.contours)), 1),
            }
            for record in records
            if record.contours
        },
    }


def _diameter(contour: Contour) -> float:
    """The largest distance between two of its points, in pixels; 0 of a single point."""
    return max((dist(*pair) for pair in combinations(contour.points, 2)), default=0.0)
