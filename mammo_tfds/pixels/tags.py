"""The values of a DICOM file's tags, checked: one line for whatever the standard does not allow."""

import re
import struct
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import numpy as np
from pydicom.dataset import Dataset
from pydicom.errors import BytesLengthException
from pydicom.tag import Tag

# What pydicom raises on bytes that are not DICOM, and imagecodecs on a broken stream.
DAMAGE = (
    *(EOFError, ValueError, TypeError, AttributeError, LookupError, OverflowError, RuntimeError),
    *(struct.error, zlib.error, BytesLengthException),
    MemoryError,  # of a length that the file declares
)
# A code string (PS3.5 table 6.2-1) or numbers. In a damaged file a value may be part of another.
_QUOTABLE = re.compile(r"[A-Z0-9_ ,.\[\]+-]{1,16}")


class PixelError(ValueError):
    """A file that cannot be read as a mammogram: one line with its name, the rule and the value.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import PixelError, read_pixels
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "report.dcm")
        ...     _ = path.write_text("a report, not an image")
        ...     try:
        ...         read_pixels(path)
        ...     except PixelError as error:
        ...         print(error)
        report.dcm: must be a DICOM file; it has no DICM prefix: leave it out
    """


@contextmanager
def name_damage() -> Iterator[None]:
    """Turns the errors of a damaged file into PixelError.

    pydicom's messages may quote a patient from the file, so only the type of its error is reported.
    """
    try:
        yield
    except PixelError:
        raise
    except (EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # the system's: pydicom's has no errno
            raise
        raise damage_error("file", "cut off") from None
    except DAMAGE as error:
        raise damage_error("file", type(error).__name__) from None


def damage_error(what: str, reason: str) -> PixelError:
    """The error of a damaged file or of a damaged stream in it, with its reason in one line."""
    return PixelError(f"the {what} is damaged ({' '.join(reason.split())}): copy the file again")


def require_value(tags: Dataset, keyword: str, allowed: Collection[object], advice: str) -> None:
    """Raises PixelError unless the value of `keyword` is in `allowed`, where None means absent."""
    value = tags.get(keyword)
    value = None if value == "" else value
    if value in allowed:
        return
    words = ["absent" if choice is None else str(choice) for choice in allowed]
    if isinstance(allowed, range) and len(allowed) > 1:
        words = [f"{allowed[0]} to {allowed[-1]}"]
    got = "nothing" if value is None else _quote(value)
    raise PixelError(f"{keyword} {Tag(keyword)} must be {' or '.join(words)}; got {got}: {advice}")


def _quote(value: object) -> str:
    text = str(value)
    return repr(text) if _QUOTABLE.fullmatch(text) else "something else"


def read_numbers(tags: Dataset, keyword: str) -> list[float]:
    """The values of `keyword`; [] where it is absent or empty.

    Raises:
        PixelError: a value is not a finite number.
    """
    value = tags.get(keyword)
    if value is None or value == "":
        return []
    try:
        numbers = np.asarray(value, np.float64).reshape(-1)
    except (TypeError, ValueError):
        numbers = np.array([np.nan])
    if not np.isfinite(numbers).all():
        raise PixelError(
            f"{keyword} {Tag(keyword)} must be numbers; got {_quote(value)}: export the file again"
        )
    return numbers.tolist()
