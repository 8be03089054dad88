"""A DICOM file -> (H, W) uint16, larger is brighter.

A file without VOI LUT and window, as in INbreast, gives its stored values. A file with one gives
the output of that, scaled to 0 to 65535 (greyscale.py). Overlays are not drawn.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mammo_tfds.pixels.decoding import decode_samples
from mammo_tfds.pixels.greyscale import make_brightness_lut
from mammo_tfds.pixels.opening import ImageFile, open_image
from mammo_tfds.pixels.tags import PixelError, require_value
from mammo_tfds.pixels.types import Warn, Window
from mammo_tfds.pixels.voi import count_windows

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
# Mammograms have MG; CR, DX or RG where they are films; OT in re-exports such as INbreast.
_MODALITIES = ("MG", "CR", "DX", "RG", "OT", None)
# A radiograph has hundreds of grey levels; blank images, masks and pages of text have one or two.
_FEWEST_LEVELS = 16
# A film of 24 x 30 cm, digitised at 25 micrometres, has 115 million samples.
_MOST_SAMPLES = 2**27


def read_pixels(
    path: Path, window: Window = "first", warn: Warn = warnings.warn
) -> NDArray[np.uint16]:
    """The mammogram in `path`: (H, W) uint16, larger is brighter.

    Args:
        path: a DICOM file with one frame of grey values.
        window: which of the file's VOI LUTs and windows; see `types.Window`.
        warn: called with one line, with the file's name, for each fault of the file that does not
            prevent that it is read, and if the file has not what `window` says, or that cannot be
            used; another VOI LUT or window, or none, is used then.

    Raises:
        OSError: the file cannot be opened or read.
        PixelError: it is damaged, not a mammogram, or of an unsupported kind.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import make_release, read_pixels, read_release
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     make_release(Path(folder), seed=20, patients=1, size=(128, 104))
        ...     pixels = read_pixels(read_release(folder).records[0].path)
        >>> pixels.shape, pixels.dtype
        ((128, 104), dtype('uint16'))
    """
    with _name_file(path), open_image(path, _KEYWORDS, _name_warnings(path, warn)) as file:
        _require_grey_image(file)
        lut = make_brightness_lut(file.tags, window, file.warn)
        samples = decode_samples(file)
        _require_levels(samples, lut, window, count_windows(file.tags))
    return lut[samples]


def image_size(path: Path) -> tuple[int, int]:
    """(rows, columns) of the image in `path`, from its header alone.

    Raises:
        OSError: the file cannot be opened or read.
        PixelError: it is not a DICOM file, or has no size.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import image_size, make_release, read_release
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     make_release(Path(folder), seed=20, patients=1, size=(128, 104))
        ...     image_size(read_release(folder).records[0].path)
        (128, 104)
    """
    with _name_file(path), open_image(path, _SIZE, _ignore) as file:
        _require_size(file.tags)
        return file.tags.Rows, file.tags.Columns


def pixels_sha256(pixels: NDArray[np.uint16]) -> str:
    """The sha256, in hex, of "<rows>x<columns>:" and the pixels, (H, W), as little-endian words.

    Examples:
        >>> import numpy as np
        >>> from mammo_tfds.pixels import pixels_sha256
        >>> pixels_sha256(np.zeros((2, 3), np.uint16))[:12]
        '2ce93c730ea0'
    """
    rows, columns = pixels.shape
    size = f"{rows}x{columns}:".encode()
    return hashlib.sha256(size + pixels.astype("<u2").tobytes()).hexdigest()


@contextmanager
def _name_file(path: Path) -> Iterator[None]:
    """Adds the file's name to the message of a PixelError; memory that is not there is one, too."""
    try:
        yield
    except MemoryError as error:
        raise PixelError(
            f"{path.name}: its image takes more memory than there is, or than may be taken:"
            " the file is damaged, copy it again, or leave it out"
        ) from error
    except PixelError as error:
        raise PixelError(f"{path.name}: {error}") from error.__cause__


def _name_warnings(path: Path, warn: Warn) -> Warn:
    return lambda line: warn(f"{path.name}: {line}")


def _ignore(line: str) -> None:
    """Only who reads the pixels is warned."""


def _require_size(tags: Dataset) -> None:
    for keyword in _SIZE:
        require_value(tags, keyword, range(1, 65536), "the file is cut off or has no image")
    if tags.Rows * tags.Columns > _MOST_SAMPLES:
        raise PixelError(
            f"Rows x Columns (0028,0010) and (0028,0011) must be at most {_MOST_SAMPLES};"
            f" got {tags.Rows} x {tags.Columns}: no mammogram is so large, leave it out"
        )


def _require_grey_image(file: ImageFile) -> None:
    tags = file.tags
    _require_size(tags)
    require_value(tags, "Modality", _MODALITIES, "not a mammogram, leave it out")
    require_value(tags, "QualityControlImage", ("NO", None), "a test image, leave it out")
    frames = "multi-frame objects such as tomosynthesis are not read, take the 2D mammogram"
    require_value(tags, "NumberOfFrames", (1, None, 0), frames)
    colour = "colour images are not read, export it in grey"
    require_value(tags, "SamplesPerPixel", (1,), colour)
    require_value(tags, "PhotometricInterpretation", ("MONOCHROME1", "MONOCHROME2"), colour)
    depth = "export it with 8 or 16 bits allocated"
    require_value(tags, "BitsAllocated", (8, 16), depth)
    require_value(tags, "BitsStored", range(1, tags.BitsAllocated + 1), depth)
    require_value(tags, "HighBit", range(tags.BitsStored - 1, tags.BitsAllocated), depth)
    require_value(tags, "PixelRepresentation", (0, 1), depth)
    if file.pixel_length == 0:
        raise PixelError("must have PixelData (7FE0,0010): the file is cut off or has no image")


def _require_levels(
    samples: NDArray[np.uint16], lut: NDArray[np.uint16], window: Window, windows: int
) -> None:
    """Raises PixelError unless there are enough grey levels.

    Args:
        samples: the image.
        lut: the brightness of each possible sample.
        window: which of the file's VOI LUTs and windows was asked for.
        windows: how many the file has.
    """
    used = np.zeros(lut.size, bool)
    used[samples] = True
    stored, shown = np.count_nonzero(used), np.unique(lut[used]).size
    if stored < _FEWEST_LEVELS:
        raise PixelError(
            f"a mammogram has {_FEWEST_LEVELS} grey levels or more; got {stored}:"
            " the image is blank, a mask or a page of text, leave it out"
        )
    if shown < _FEWEST_LEVELS:
        cause, advice = "padding leaves", "export the file again"
        if windows and window != "none":
            cause = f"data.window {window} and padding leave"
            advice = f"set data.window to first, widest, none or a number from 1 to {windows}"
        raise PixelError(
            f"a mammogram has {_FEWEST_LEVELS} grey levels or more; {cause} {shown} of {stored}:"
            f" {advice}"
        )
