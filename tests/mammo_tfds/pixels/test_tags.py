"""Values of tags: what is allowed, and one line for what is not."""

import errno
import struct

import pytest
from pydicom.dataset import Dataset

from mammo_tfds.pixels.tags import PixelError, name_damage, read_numbers, require_value


def tags(**values: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("value", "allowed"), [("NO", ("NO", None)), ("", (None,)), (None, (None,))]
)
def test_allowed(value: object, allowed: tuple):
    """A value that is among those allowed, where empty and absent are the same."""
    require_value(tags(QualityControlImage=value), "QualityControlImage", allowed, "leave it out")
    require_value(tags(), "QualityControlImage", (None,), "leave it out")


@pytest.mark.parametrize(
    ("value", "allowed", "rule"),
    [
        (3, (1, None), "must be 1 or absent; got '3'"),
        (0, range(1, 17), "must be 1 to 16; got '0'"),
        (9, range(15, 16), "must be 15; got '9'"),
        (None, (0, 1), "must be 0 or 1; got nothing"),
    ],
)
def test_not_allowed(value: object, allowed: object, rule: str):
    """The line has the tag, the rule, the value and what to do."""
    with pytest.raises(PixelError) as caught:
        require_value(tags(HighBit=value), "HighBit", allowed, "export it again")
    assert str(caught.value) == f"HighBit (0028,0102) {rule}: export it again"


@pytest.mark.parametrize("value", ["PN\x0c\0Nobody^Anna", "Nobody", "VERY_LONG_PATIENTS_NAME"])
def test_only_codes_and_numbers_are_quoted(value: str):
    """In a damaged file a value may be that of a patient's tag, so no free text is quoted."""
    with pytest.raises(PixelError, match=r"got something else: leave it out$"):
        require_value(tags(StudyDescription=value), "StudyDescription", (), "leave it out")
    with pytest.raises(PixelError, match="must be numbers; got something else"):
        read_numbers(tags(StudyDescription=value), "StudyDescription")


def test_numbers():
    """One value, several values, and none."""
    film = tags(WindowCenter=[1, 2.5], WindowWidth=3, RescaleSlope="")
    assert read_numbers(film, "WindowCenter") == [1, 2.5]
    assert read_numbers(film, "WindowWidth") == [3]
    assert read_numbers(film, "RescaleSlope") == []
    assert read_numbers(film, "RescaleIntercept") == []


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (EOFError("of Nobody^Anna"), r"^the file is damaged \(cut off\): copy the file again$"),
        (OSError("of Nobody^Anna"), r"^the file is damaged \(cut off\): copy the file again$"),
        (struct.error("of Nobody^Anna"), r"^the file is damaged \(error\): copy the file again$"),
        (KeyError("Nobody^Anna"), r"^the file is damaged \(KeyError\): copy the file again$"),
        (PixelError("must be a file"), "^must be a file$"),
    ],
)
def test_damage(error: Exception, line: str):
    """pydicom's errors become one line without their text, which may quote a patient."""
    with pytest.raises(PixelError, match=line), name_damage():
        raise error


def test_errors_of_the_system_stay():
    """They have an exit code of their own."""
    with pytest.raises(OSError, match="No space"), name_damage():
        raise OSError(errno.ENOSPC, "No space left on device")
