"""A heat map over its mammogram, in the image's own geometry."""

import io
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from jobs.common.types import Array
from jobs.data.dataset import Contour
from jobs.explain.maps import ImageLookup
from jobs.views.breast import erase_others, find_breast
from jobs.views.geometry import ViewGeometry

_LONGEST = 1024  # pixels of the picture's longer side, at most
_BLUR = 0.008  # of the view's longer side: single pixels' values would look like dust
_WHITE = 99.7  # the percentile of the values' sizes that is drawn in full
_OUTLINE = (255, 196, 61)
_SICK, _HEALTHY = np.array([214, 39, 40], np.float32), np.array([31, 119, 180], np.float32)
_COMPRESSION = 1  # of 9: 6 takes three times as long, for an eighth fewer bytes


class Mammogram:
    """An image, made smaller by a whole factor, on which maps are drawn.

    Labels beside the breast are blanked, as they may identify the patient.
    """

    def __init__(
        self,
        pixels: Array,
        window: tuple[float, float],
        geometry: ViewGeometry,
        contours: Iterable[Contour],
    ) -> None:
        """Reduces the image, once for all maps.

        Args:
            pixels: (H, W) uint16, larger is brighter.
            window: the pixel values that become black and white.
            geometry: of the view that the maps are on.
            contours: what is outlined, in the image's pixels.
        """
        self._step = -(-max(pixels.shape) // _LONGEST)
        self._lookup = ImageLookup(geometry, pixels.shape, self._step)
        grey = erase_others(pixels, find_breast(pixels)).astype(np.float32)
        rows, columns = self._lookup.reduced_shape
        reduced = np.asarray(Image.fromarray(grey).reduce(self._step))[:rows, :columns]
        low, high = window
        self._grey = np.float32(255) * np.clip((reduced - low) / (high - low), 0, 1)
        self._contours = list(contours)

    def plain(self) -> bytes:
        """A PNG file of the mammogram alone, without contours."""
        return _png(Image.fromarray(self._grey.astype(np.uint8)))

    def draw(self, values: Array, signed: bool) -> bytes:
        """A PNG file: red speaks for sick; of a signed map, blue for healthy.

        Of a map without signs, what exceeds the median of its positive values is drawn: what is
        everywhere in the breast says nothing of a place.

        Args:
            values: (rows, columns) float32, on the view.
        """
        smooth = ndimage.gaussian_filter(values, _BLUR * max(values.shape))
        if not signed:
            smooth = _above_median(np.abs(smooth))
        scale = np.percentile(np.abs(smooth), _WHITE) or np.abs(smooth).max() or 1.0
        heat = np.nan_to_num(self._lookup.on_image(smooth / scale)).clip(-1, 1)[..., None]
        colour = np.where(heat > 0, _SICK, _HEALTHY)
        share = np.float32(0.75) * np.abs(heat)
        grey = self._grey[..., None]
        picture = grey + share * (colour - grey)
        drawn = Image.fromarray(picture.astype(np.uint8))
        self._outline(ImageDraw.Draw(drawn))
        return _png(drawn)

    def _outline(self, pen: ImageDraw.ImageDraw) -> None:
        for contour in self._contours:
            points = [(x / self._step, y / self._step) for x, y in contour.points]
            if len(points) > 2:
                pen.line([*points, points[0]], fill=_OUTLINE, width=2, joint="curve")
            else:
                for x, y in points:
                    pen.ellipse((x - 6, y - 6, x + 6, y + 6), outline=_OUTLINE, width=2)


def _above_median(values: Array) -> Array:
    positive = values[values > 0]
    return np.maximum(values - np.median(positive), 0) if positive.size else values


def _png(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "PNG", compress_level=_COMPRESSION)
    return content.getvalue()
