"""A DICOM file -> (H, W) uint16, larger is brighter: the one way to pixels for every file.

Bare files, as INbreast's are, give their stored values unchanged. Files with a VOI LUT or window
give what it shows, 0 to 65535 (greyscale.py). Overlays are not drawn.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammo_tfds.pixels.decoding import PixelError, read_tags, require, stored_samples
from mammo_tfds.pixels.greyscale import grey_scale

__all__ = ["PixelError", "image_size", "pixels_sha256", "read_pixels"]

_SIZE = ("Rows", "Columns")
_KEYWORDS = (
    *_SIZE,
    *("Modality", "QualityControlImage", "NumberOfFrames"),
    *("SamplesPerPixel", "PhotometricInterpretation", "PixelRepresentation"),
    *("BitsAllocated", "BitsStored", "HighBit"),
    *("PixelPaddingValue", "PixelPaddingRangeLimit"),
    *("ModalityLUTSequence", "RescaleSlope", "RescaleIntercept"),
    *("VOILUTSequence", "VOILUTFunction", "WindowCenter", "WindowWidth"),
    "PixelData",
)
# What mammograms are filed under: MG; CR, DX and RG for film; OT in re-exports such as INbreast.
_MODALITIES = ("MG", "CR", "DX", "RG", "OT", None)
# A radiograph has hundreds; blank images, masks and pages of text have one or two.
_FEWEST_LEVELS = 16


def read_pixels(path: Path, window: int = 0) -> NDArray[np.uint16]:
    """The mammogram in `path`, (H, W) uint16, larger is brighter.

    Args:
        path: a DICOM file with one frame of grey values.
        window: which of the file's VOI LUTs or, where it has none, of its windows; from 0.

    Raises:
        OSError: the file cannot be opened or read.
        PixelError: it is damaged, is no mammogram, or is of a kind that is not read.
    """
    with _named(path):
        tags = read_tags(path, _KEYWORDS)
        _require_grey_image(tags)
        scale = grey_scale(tags, window)
        samples = stored_samples(tags)
        _require_levels(samples, scale, window)
    return scale[samples]


def image_size(path: Path) -> tuple[int, int]:
    """(rows, columns) of the image in `path`, from its header alone.

    Raises:
        OSError: the file cannot be opened or read.
        PixelError: it is no DICOM file, or says no size.
    """
    with _named(path):
        tags = read_tags(path, _SIZE)
        _require_size(tags)
    return tags.Rows, tags.Columns


def pixels_sha256(pixels: NDArray[np.uint16]) -> str:
    """The sha256 in hex over "<rows>x<columns>:" and the pixels, little-endian, row by row."""
    rows, columns = pixels.shape
    size = f"{rows}x{columns}:".encode()
    return hashlib.sha256(size + pixels.astype("<u2").tobytes()).hexdigest()


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except PixelError as error:
        raise PixelError(f"{path.name}: {error}") from error.__cause__


def _require_size(tags: Dataset) -> None:
    for keyword in _SIZE:
        require(tags, keyword, range(1, 65536), "the file is cut off or has no image")


def _require_grey_image(tags: Dataset) -> None:
    _require_size(tags)
    require(tags, "Modality", _MODALITIES, "not a mammogram, leave it out")
    require(tags, "QualityControlImage", ("NO", None), "a test image, leave it out")
    frames = "multi-frame objects such as tomosynthesis are not read, take the 2D mammogram"
    require(tags, "NumberOfFrames", (1, None), frames)
    colour = "colour images are not read, export it in grey"
    require(tags, "SamplesPerPixel", (1,), colour)
    require(tags, "PhotometricInterpretation", ("MONOCHROME1", "MONOCHROME2"), colour)
    depth = "export it with 8 or 16 bits allocated"
    require(tags, "BitsAllocated", (8, 16), depth)
    require(tags, "BitsStored", range(1, tags.BitsAllocated + 1), depth)
    require(tags, "HighBit", range(tags.BitsStored - 1, tags.BitsAllocated), depth)
    require(tags, "PixelRepresentation", (0, 1), depth)
    if not tags.get("PixelData"):
        raise PixelError("must have PixelData (7FE0,0010): the file is cut off or has no image")


def _require_levels(samples: NDArray[np.uint16], scale: NDArray[np.uint16], window: int) -> None:
    used = np.zeros(scale.size, bool)
    used[samples] = True
    stored, shown = np.count_nonzero(used), np.unique(scale[used]).size
    if stored < _FEWEST_LEVELS:
        raise PixelError(
            f"a mammogram has {_FEWEST_LEVELS} grey levels or more; got {stored}:"
            " the image is blank, a mask or a page of text, leave it out"
        )
    if shown < _FEWEST_LEVELS:
        raise PixelError(
            f"a mammogram has {_FEWEST_LEVELS} grey levels or more; window {window} and padding"
            f" leave {shown} of {stored}: choose another window"
        )
