"""A map over its mammogram, as a picture."""

import io
from pathlib import Path

import numpy as np

from jobs.common.atomic_write import write_atomically
from jobs.common.types import Array
from jobs.model.location_maps import LocationMap, to_bytes
from jobs.model.trained import sigmoid
from jobs.predict.score import RawScores

_LONGEST = 1600  # pixels of the picture's longer side
_RED = np.array([255.0, 40.0, 0.0])
_STRONGEST = 0.6  # of the colour, at a probability of 1


def draw_overlay(pixels: Array, window: tuple[float, float], found: LocationMap) -> Array:
    """A mammogram in grey, the redder the higher a place's probability.

    The scale is the same for all images: nothing is stretched to the image's own maximum.

    Args:
        pixels: (H, W) uint16.
        window: the values that are black and white.
        found: the map.

    Returns:
        (rows, columns, 3) uint8, RGB; every n-th pixel, so that the longer side is 1,600 at most.
    """
    step = -(-max(pixels.shape) // _LONGEST)
    low, high = window
    grey = np.clip((pixels[::step, ::step].astype(np.float32) - low) / (high - low), 0, 1) * 255
    logits = found.on_image((pixels.shape[0], pixels.shape[1]))[::step, ::step]
    strength = _STRONGEST * np.nan_to_num(sigmoid(logits))[..., None]
    return np.rint(grey[..., None] * (1 - strength) + _RED * strength).astype(np.uint8)


def save_map(folder: Path, image_id: str, pixels: Array, scores: RawScores) -> None:
    """Writes an image's map, as numbers (`read_location_maps` reads them) and as a picture."""
    assert scores.location_map
    folder.mkdir(exist_ok=True)
    write_atomically(folder / f"{image_id}.npz", to_bytes({image_id: scores.location_map}))
    picture = draw_overlay(pixels, scores.window, scores.location_map)
    write_atomically(folder / f"{image_id}.png", to_png(picture))


def to_png(picture: Array) -> bytes:
    """A picture, (rows, columns, 3) uint8, as PNG."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG")
    return content.getvalue()


def from_png(content: bytes) -> Array:
    """What `to_png` was given."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
