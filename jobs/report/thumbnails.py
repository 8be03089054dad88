"""Small pictures of images, with the radiologist's contours drawn on them."""

import io
from collections.abc import Collection, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from jobs.data.dataset import Contour, open_dataset
from jobs.views.breast import erase_others, find_breast

HEIGHT = 480  # pixels; about twice what the page shows, for high-resolution screens
OUTLINE = (255, 196, 61)
_PEN = 3
_WINDOW = (1.0, 99.8)  # percentiles of the breast that become black and white
_QUALITY = 85  # of WebP: a sixth of a PNG's size, so that the page stays below a megabyte


def draw_thumbnails(root: Path, image_ids: Collection[str]) -> dict[str, bytes]:
    """WebP files, at most HEIGHT high, by image id; without those that are not in the dataset.

    Raises:
        MissingInputError: there is no dataset under `root`.
        DataError: the dataset is damaged.
    """
    dataset = open_dataset(root)
    return {
        image.image_id: draw_thumbnail(dataset.pixels(image), dataset.contours(image))
        for image in dataset.images
        if image.image_id in image_ids
    }


def draw_thumbnail(pixels: npt.NDArray[np.uint16], contours: Iterable[Contour]) -> bytes:
    """The breast alone as a WebP file, cut out of an image.

    Labels beside the breast are blanked, as they may identify the patient.

    Args:
        pixels: (H, W) uint16, larger is brighter.
        contours: what is outlined, in pixels of the image.
    """
    found = find_breast(pixels)
    box = found.box
    breast = erase_others(pixels, found, box)
    scale = min(1.0, HEIGHT / len(breast))
    size = (max(1, round(breast.shape[1] * scale)), max(1, round(len(breast) * scale)))
    grey = Image.fromarray(breast.astype(np.float32)).resize(size, Image.Resampling.BOX)
    drawn = Image.fromarray(_apply_window(np.asarray(grey))).convert("RGB")
    pen = ImageDraw.Draw(drawn)
    for contour in contours:
        points = [((x - box.left) * scale, (y - box.top) * scale) for x, y in contour.points]
        _draw_contour(pen, points)
    content = io.BytesIO()
    drawn.save(content, "WEBP", quality=_QUALITY, method=6)
    return content.getvalue()


def _apply_window(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """(H, W) from 0 to 255: the percentiles of what is not background become black and white."""
    shown = grey[grey > grey.min()]
    low, high = np.percentile(shown if len(shown) else grey, _WINDOW)
    unit = np.clip((grey - low) / max(high - low, 1.0), 0, 1)
    return (unit * 255).astype(np.uint8)


def _draw_contour(pen: ImageDraw.ImageDraw, points: list[tuple[float, float]]) -> None:
    """A closed line, or for a finding of one or two points a ring around each."""
    if len(points) > 2:
        pen.line([*points, points[0]], fill=OUTLINE, width=_PEN, joint="curve")
        return
    for x, y in points:
        pen.ellipse((x - 9, y - 9, x + 9, y + 9), outline=OUTLINE, width=_PEN)
