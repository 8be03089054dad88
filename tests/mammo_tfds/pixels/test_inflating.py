"""A deflated data set is read like a file."""

import io
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammo_tfds.pixels import inflating
from mammo_tfds.pixels.inflating import InflatedStream

DATA = random.Random(1).randbytes(300_000) + bytes(700_000)


def stream(data: bytes = DATA, wbits: int = -zlib.MAX_WBITS) -> InflatedStream:
    return InflatedStream(io.BytesIO(zlib.compress(data, wbits=wbits)))


@given(st.lists(st.tuples(st.integers(-5_000, 90_000), st.integers(0, 150_000)), max_size=20))
def test_read_and_seek(steps: list[tuple[int, int]]):
    """Every read and every seek, also a little back, is as in a file of the inflated bytes."""
    ours, theirs = stream(), io.BytesIO(DATA)
    for move, size in steps:
        target = min(max(ours.tell() + move, 0), len(DATA))
        assert ours.seek(target) == theirs.seek(target)
        assert ours.read(size) == theirs.read(size)
        assert ours.tell() == theirs.tell()


@pytest.mark.parametrize("wbits", [-zlib.MAX_WBITS, zlib.MAX_WBITS])
def test_with_and_without_a_header(wbits: int):
    """RFC 1951, as PS3.5 A.5 wants, and RFC 1950, as some programs write."""
    assert stream(wbits=wbits).read(2 * len(DATA)) == DATA


def test_relative_seek():
    """A seek from the current position."""
    ours = stream()
    ours.read(1000)
    assert ours.seek(500, 1) == 1500
    assert ours.read(10) == DATA[1500:1510]


def test_far_back():
    """What was read long ago is not kept."""
    ours = stream()
    ours.read(900_000)
    with pytest.raises(ValueError, match="cannot go back to byte 5"):
        ours.seek(5)


def test_without_end(monkeypatch: pytest.MonkeyPatch):
    """A stream that inflates to more than any mammogram is an error, also where it is skipped."""
    monkeypatch.setattr(inflating, "_MOST", 500_000)
    with pytest.raises(ValueError, match="inflates to more than 500000 bytes"):
        stream().seek(900_000)


def test_damaged():
    """Bytes that are no deflate stream are an error."""
    with pytest.raises(zlib.error):
        InflatedStream(io.BytesIO(b"\xff" * 100)).read(10)


@pytest.mark.parametrize("part", [0, 0.3, 0.9])
def test_cut_off(part: float):
    """A stream that is cut off has fewer bytes."""
    deflated = zlib.compress(DATA, wbits=-zlib.MAX_WBITS)
    ours = InflatedStream(io.BytesIO(deflated[: int(part * len(deflated))]))
    assert DATA.startswith(data := ours.read(len(DATA)))
    assert len(data) < len(DATA)
