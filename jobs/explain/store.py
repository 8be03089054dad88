"""An image's maps on disk: one NumPy archive an image."""

import io
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from jobs.common.types import Array
from jobs.views.breast import Box
from jobs.views.geometry import ViewGeometry

_FIELDS = ("logit", "region", "size", "matrix")


@dataclass(frozen=True)
class Explanation:
    """What the methods say of one image.

    Attributes:
        image_id: the image's.
        logit: of its view, as the explained network computes it.
        geometry: where the view's pixels lie in the image.
        maps: by the methods' names: (rows, columns) float32, on the view.
    """

    image_id: str
    logit: float
    geometry: ViewGeometry
    maps: Mapping[str, Array]


def explanation_file(folder: Path, image_id: str) -> Path:
    """The file of one image."""
    return folder / f"{image_id}.npz"


def to_bytes(explanation: Explanation) -> bytes:
    """The archive: `logit`, the view's geometry, and a map by each method's name.

    Of the geometry: `region`, (top, left, bottom, right) in the image's pixels, and a 1 after them
    if left and right changed places in it; `size`, (rows, columns) of the view; and `matrix`,
    (2, 3): (x, y, 1) in the image, mirrored in the region if that is -> (x, y) in the view.
    """
    geometry = explanation.geometry
    *corners, mirrored = astuple(geometry.region)
    content = io.BytesIO()
    maps = {name: each.astype(np.float32) for name, each in explanation.maps.items()}
    np.savez_compressed(
        content,
        logit=np.float32(explanation.logit),
        region=np.array([*corners, 1] if mirrored else corners, np.int32),
        size=np.array(geometry.size, np.int32),
        matrix=geometry.matrix,
        **maps,  # type: ignore[arg-type]
    )
    return content.getvalue()


def read_explanation(folder: Path, image_id: str) -> Explanation:
    """An image's maps, as the stage `explain` wrote them."""
    with np.load(explanation_file(folder, image_id), allow_pickle=False) as saved:
        top, left, bottom, right, *mirrored = saved["region"].tolist()
        region = Box(top, left, bottom, right, bool(mirrored))
        geometry = ViewGeometry(tuple(saved["size"].tolist()), region, saved["matrix"], None)
        maps = {name: saved[name] for name in saved.files if name not in _FIELDS}
        return Explanation(image_id, float(saved["logit"]), geometry, maps)
