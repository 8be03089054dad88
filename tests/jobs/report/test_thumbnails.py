"""Small pictures of images."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from jobs.common.errors import MissingInputError
from jobs.report.thumbnails import HEIGHT, OUTLINE, draw_thumbnail, draw_thumbnails
from mammo_tfds.release.contours import Contour


@pytest.fixture
def breast():
    """A bright half-ellipse at the left edge, and a small label at the right."""
    y, x = np.mgrid[:1000, :800]
    image = np.zeros((1000, 800), np.uint16)
    inside = ((y - 500) / 400) ** 2 + (x / 450) ** 2 < 1
    image[inside] = (1000 + 2 * (450 - x) + y % 7)[inside]
    image[60:90, 700:780] = 4095
    image.flags.writeable = False
    return image


def _opened(picture):
    return Image.open(io.BytesIO(picture))


def test_the_breast_fills_the_picture(breast):
    """It is cut to its box, made small, and the label beside it is not in it."""
    shown = _opened(draw_thumbnail(breast, ()))
    assert shown.size[1] == HEIGHT
    assert shown.size[0] / HEIGHT == pytest.approx(450 / 800, rel=0.1)
    grey = np.asarray(shown.convert("L"))
    assert grey.max() > 200 and grey.min() == 0
    assert grey[: HEIGHT // 20, -HEIGHT // 20 :].max() == 0


@pytest.mark.parametrize(
    "points", [((100, 400), (200, 400), (200, 500), (100, 500)), ((150, 450),)]
)
def test_findings_are_outlined(breast, points):
    """A polygon by a line, a point by a ring, in a colour that no mammogram has."""
    kind = "mass" if len(points) > 2 else "point"
    shown = _opened(draw_thumbnail(breast, [Contour(kind, "Mass", points)]))
    assert _coloured(shown) > 20
    assert _coloured(_opened(draw_thumbnail(breast, ()))) == 0


def _coloured(shown):
    """How many pixels are nearer to the outline's colour than to any grey."""
    red, _, blue = np.moveaxis(np.asarray(shown.convert("RGB")).astype(int), 2, 0)
    return (red - blue > (OUTLINE[0] - OUTLINE[2]) / 2).sum()


def test_a_small_or_even_image_gives_a_picture():
    """Nothing is made larger than it is, and an image of one value is black."""
    shown = _opened(draw_thumbnail(np.full((40, 30), 7, np.uint16), ()))
    assert shown.size == (30, 40)
    assert np.asarray(shown.convert("L")).max() == 0


def test_a_picture_holds_pixels_and_no_words(breast):
    """No metadata, no time: the same image gives the same bytes."""
    picture = draw_thumbnail(breast, ())
    assert picture == draw_thumbnail(breast, ())
    assert not any(chunk in picture for chunk in (b"EXIF", b"XMP ", b"ICCP"))


def test_a_picture_is_small(breast):
    """Twelve of them, in base64, leave the page below a megabyte."""
    noisy = np.where(breast > 0, breast + np.random.default_rng(0).integers(0, 60, breast.shape), 0)
    assert len(draw_thumbnail(noisy.astype(np.uint16), ())) < 30_000


def test_without_a_dataset_the_command_is_named(tmp_path):
    """The report catches this and says so on the page."""
    with pytest.raises(MissingInputError, match="run mammo prepare"):
        draw_thumbnails(tmp_path, ["1"])


def test_only_the_images_that_are_there_are_shown(breast, monkeypatch, tmp_path):
    """Those that are asked for and in the dataset; one that is not in it has no picture."""

    class Dataset:
        images = tuple(SimpleNamespace(image_id=name) for name in ("1", "2"))

        def pixels(self, image):
            return breast

        def contours(self, image):
            return ()

    monkeypatch.setattr("jobs.report.thumbnails.open_dataset", lambda root: Dataset())
    assert draw_thumbnails(tmp_path, ["2", "3"]) == {"2": draw_thumbnail(breast, ())}
