"""Errors of the dataset's package get the exit codes that Kubernetes acts on."""

from pathlib import Path

import pytest

from jobs.common.errors import ConfigError, DataError, MammoError
from jobs.data.errors import convert_errors
from mammo_tfds.pixels.read import PixelError
from mammo_tfds.release.contours import ContourError
from mammo_tfds.release.release import ReleaseError
from mammo_tfds.release.splits import SplitError


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (ReleaseError("what, where"), DataError),
        (PixelError("what, where"), DataError),
        (ContourError(Path("a.xml"), "what, where", 3), DataError),
        (SplitError("what, where"), ConfigError),
    ],
)
def test_its_line_stays_as_it_is(error: ValueError, wanted: type[MammoError]):
    """65 for what cannot be read, 78 for splits that cannot be made; the message is the same."""
    with pytest.raises(wanted) as caught, convert_errors():
        raise error
    assert str(caught.value) == str(error)


def test_a_crash_stays_one():
    """Any other error is passed on."""
    with pytest.raises(ValueError, match="odd"), convert_errors():
        raise ValueError("odd")
