"""Location maps: a local head's logit at each place inside the breast, on the original image."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from jobs.common.types import Array


@dataclass(frozen=True)
class LocationMap:
    """A local head's logits over one image.

    Attributes:
        logits: (n,) float32: of the places inside the breast; above 0 is rather sick than healthy.
        centres: (n, 2) float32: (x, y) of each place's middle in the image's own pixels, x to the
            right, y down; the middle of the first pixel is (0.5, 0.5).
        spacing: (x, y): how far apart neighbouring places are, in the image's own pixels.

    Examples:
        >>> one = LocationMap(np.float32([2.5]), np.float32([[300.0, 500.0]]), (46.0, 46.0))
        >>> one.on_image((1000, 600))[500, 300], one.on_image((1000, 600))[0, 0]
        (np.float32(2.5), np.float32(nan))
    """

    logits: Array
    centres: Array
    spacing: tuple[float, float]

    def on_image(self, shape: tuple[int, int]) -> Array:
        """The logits over an image: each pixel has the place's that it is in; NaN elsewhere.

        Args:
            shape: (rows, columns) of the image.

        Returns:
            (rows, columns) float32.
        """
        whole = np.full(shape, np.nan, np.float32)
        half = np.array(self.spacing) / 2
        first = np.rint(self.centres - half).astype(int).clip(0)
        last = np.rint(self.centres + half).astype(int).clip(0)
        for logit, (left, top), (right, bottom) in zip(self.logits, first, last, strict=True):
            whole[top:bottom, left:right] = logit
        return whole


def to_bytes(maps: Mapping[str, LocationMap]) -> bytes:
    """The maps by image id, as `read_location_maps` reads them: a NumPy archive."""
    content = io.BytesIO()
    arrays = {
        f"{image_id}.{name}": np.asarray(getattr(each, name), np.float32)
        for image_id, each in maps.items()
        for name in ("logits", "centres", "spacing")
    }
    np.savez_compressed(content, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def read_location_maps(path: Path) -> dict[str, LocationMap]:
    """The location maps of a model, by image id.

    Examples:
        >>> import tempfile
        >>> one = LocationMap(np.float32([2.5]), np.float32([[300.0, 500.0]]), (46.0, 46.0))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "location_maps.npz")
        ...     _ = path.write_bytes(to_bytes({"20586908": one}))
        ...     read_location_maps(path)["20586908"].spacing
        (46.0, 46.0)
    """
    with np.load(path, allow_pickle=False) as saved:
        return {
            (image_id := name.removesuffix(".logits")): LocationMap(
                saved[name],
                saved[f"{image_id}.centres"],
                tuple(saved[f"{image_id}.spacing"].tolist()),
            )
            for name in saved.files
            if name.endswith(".logits")
        }
