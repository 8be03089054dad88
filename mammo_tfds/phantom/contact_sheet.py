"""A contact sheet of a release: thumbnails of breasts of each category in one picture."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.release.contours import Contour
from mammo_tfds.release.release import Record, read_release

_CAPTION = 18  # pixels
_GAP = 4
_RED = (255, 96, 80)


def draw_contact_sheet(
    release: Path, png: Path, *, columns: int = 10, height: int = 220, outlines: bool = False
) -> None:
    """Writes a PNG with a row of thumbnails for each BI-RADS category of a release.

    A row shows breasts of its category, evenly spaced among all, with their views side by side.

    Args:
        release: the folder of the release.
        png: the file to write.
        columns: thumbnails in a row.
        height: of a thumbnail, in pixels.
        outlines: whether to draw the contours.

    Raises:
        ReleaseError, PixelError: the release or an image of it cannot be used.
        OSError: a file cannot be read or written.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from PIL import Image
        >>> from mammo_tfds.phantom import draw_contact_sheet, make_release
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     release, png = Path(folder, "release"), Path(folder, "sheet.png")
        ...     make_release(release, seed=20, patients=1, size=(128, 104))
        ...     draw_contact_sheet(release, png, columns=2, height=100)
        ...     Image.open(png).size
        (170, 118)
    """
    content = read_release(release)
    content.require_usable()
    rows = [
        [_draw_thumbnail(record, height, outlines) for record in records]
        for records in _choose(content.records, columns)
    ]
    width = max(tile.width for row in rows for tile in row)
    sheet = Image.new("RGB", (columns * (width + _GAP), len(rows) * (height + _CAPTION)))
    for top, row in enumerate(rows):
        for left, tile in enumerate(row):
            sheet.paste(tile, (left * (width + _GAP), top * (height + _CAPTION)))
    sheet.save(png, format="PNG")


def _choose(records: Iterable[Record], columns: int) -> list[list[Record]]:
    """For each category, sorted, up to `columns` images: all views of evenly spaced breasts."""
    breasts: dict[str, dict[tuple[str, str], list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        breasts[record.birads][record.patient, record.side].append(record)
    rows = []
    for _, of_category in sorted(breasts.items()):
        each = [sorted(views, key=lambda record: record.view) for views in of_category.values()]
        step = max(1, len(each) // max(1, columns // 2))
        rows.append([record for views in each[::step] for record in views][:columns])
    return rows


def _draw_thumbnail(record: Record, height: int, outlines: bool) -> Image.Image:
    pixels = read_pixels(record.path)
    picture = Image.fromarray(_stretch_contrast(pixels))
    scale = height / picture.height
    tile = picture.resize((round(scale * picture.width), height), Image.Resampling.LANCZOS)
    framed = Image.new("RGB", (tile.width, height + _CAPTION))
    framed.paste(tile, (0, _CAPTION))
    pen = ImageDraw.Draw(framed)
    density = record.density or "-"
    caption = f"{record.birads}  {record.side} {record.view}  density {density}"
    pen.text((4, 2), caption, font=ImageFont.load_default(12))
    if outlines:
        for contour in record.contours:
            _draw_outline(pen, contour, scale)
    return framed


def _stretch_contrast(pixels: np.ndarray) -> np.ndarray:
    """(H, W) uint8 with the breast's range of brightness stretched; the background stays black."""
    breast = pixels[pixels > 0]
    fat, bright = np.percentile(breast, (10, 99.7)) if breast.size else (0, 1)
    # As on a reading screen, fat is dark grey, and bright tissue not quite white.
    grey = np.clip(0.2 + 0.75 * (pixels - fat) / max(bright - fat, 1), 0.02, 1)
    return np.where(pixels > 0, 255 * grey, 0).astype(np.uint8)


def _draw_outline(pen: ImageDraw.ImageDraw, contour: Contour, scale: float) -> None:
    points = [(scale * x, scale * y + _CAPTION) for x, y in contour.points]
    if len(points) > 2:
        pen.polygon(points, outline=_RED)
    else:
        (x, y), reach = points[0], 3
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), outline=_RED)
