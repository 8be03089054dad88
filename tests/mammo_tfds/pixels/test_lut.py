"""Values through a LUT of a file: which entries it has, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from mammo_tfds.pixels.lut import apply_lut, choose_sign, read_luts
from mammo_tfds.pixels.tags import PixelError
from tests.mammo_tfds.dicoms import lut

UNSIGNED = np.arange(65536.0)
SIGNED = UNSIGNED - 32768


def words(values: np.ndarray) -> bytes:
    return values.astype("<u2").tobytes()


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[int], int]:
    """Entries that are not all the same, and bits that they fit into."""
    bits = draw(st.integers(8, 16))
    entries = draw(st.lists(st.integers(0, 2**bits - 1), min_size=2, max_size=40))
    return [*entries, entries[-1] ^ 1], bits


@given(tables(), st.booleans(), st.integers(0, 3))
def test_an_entry_for_each_value(table: tuple[list[int], int], as_words: bool, more: int):
    """Entry i is that of value i; entries beyond the descriptor's number are not used."""
    entries, bits = table
    given = [*entries, *[0] * more]
    item = lut(words(np.array(given)) if as_words else given, bits=bits, entries=len(entries))
    grey, _ = apply_lut(np.arange(float(len(entries))), item)
    assert grey.tolist() == entries


@given(tables(), st.integers(1, 40), st.booleans())
def test_a_lut_with_too_few_values(table: tuple[list[int], int], missing: int, as_words: bool):
    """Both numbers are named, whatever is missing; words are never read as bytes.

    C.11.2.1.1 allows bytes only where an entry has 8 bits.
    """
    entries, bits = table
    bits = max(bits, 9)
    left = entries[: max(1, len(entries) - missing)]
    item = lut(words(np.array(left)) if as_words else left, bits=bits, entries=len(entries))
    with pytest.raises(PixelError, match=f"must have {len(entries)} values .*; got {len(left)}:"):
        apply_lut(UNSIGNED, item)


def test_one_missing_word_of_4096():
    """The LUT of a real file, one word short: half as many words again would be its bytes."""
    short = words(np.arange(4095))
    for bits in (8, 12, 16):  # at 8 bits, too: 8190 bytes are neither 4096 bytes nor 4096 words
        with pytest.raises(PixelError, match=r"LUTData \(0028,3006\) must have 4096 .*got 4095"):
            apply_lut(UNSIGNED, lut(short, bits=bits, entries=4096))


@pytest.mark.parametrize("entries", [255, 256])
@pytest.mark.parametrize("form", ["bytes", "words", "numbers", "packed numbers"])
def test_entries_of_8_bits(entries: int, form: str):
    """They are bytes, padded to an even length, or words; OW or US."""
    values = np.arange(entries)
    packed = values.astype("u1").tobytes() + bytes(entries % 2)
    data = {
        "bytes": packed,
        "words": words(values),
        "numbers": values.tolist(),
        "packed numbers": np.frombuffer(packed, "<u2").tolist(),
    }[form]
    grey, brightest = apply_lut(UNSIGNED, lut(data, bits=8, entries=entries))
    assert grey[:entries].tolist() == values.tolist()
    assert brightest == 255


def test_65536_entries():
    """0 means 65536 entries: C.11.2.1.1."""
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [0, 0, 16])
    item.add_new("LUTData", "OW", words(np.arange(65536)))
    assert np.array_equal(apply_lut(UNSIGNED, item)[0], UNSIGNED)


@pytest.mark.parametrize(
    ("largest", "bits", "brightest"),
    [
        (255, 16, 255),
        (199, 16, 255),
        (4095, 16, 4095),
        (2047, 12, 2047),
        (2048, 12, 4095),
        (65535, 16, 65535),
        (40000, 16, 65535),
    ],
)
def test_the_depth_is_what_the_entries_need(largest: int, bits: int, brightest: int):
    """As dcmtk's dcm2pnm 3.6.7 with --ignore-vlut-depth: the bits of the largest entry.

    Its white for 0 to 255 in 16 bits is 65280 of 65535; by the descriptor's bits it would be 255.
    """
    entries = np.linspace(0, largest, 4096).round()
    assert apply_lut(UNSIGNED, lut(words(entries), bits=bits, entries=4096))[1] == brightest


@pytest.mark.parametrize(
    ("first", "entries", "values", "expected"),
    [
        (-25536, 4096, UNSIGNED, 40000),
        (63488, 4096, SIGNED, -2048),
        (-2048, 4096, SIGNED, -2048),
        (40000, 4096, UNSIGNED, 40000),
        (-1024, 4096, UNSIGNED[:4096], -1024),
        (64512, 4096, SIGNED, -1024),
        (2000, 10, SIGNED, 2000),
        (100, 10, SIGNED * 64, 100),
        (50000, 100, UNSIGNED[:4096], 50000),
    ],
)
def test_the_sign_of_the_first_value(first: int, entries: int, values: np.ndarray, expected: int):
    """It is the one by which the LUT maps more of the values; as written where both map as many."""
    assert choose_sign(first, entries, values) == expected


@given(st.sampled_from([UNSIGNED, SIGNED]), st.integers(1, 65536), st.data())
def test_a_first_value_among_the_values(values: np.ndarray, count: int, data: st.DataObject):
    """However a first value is written, one whose LUT lies within the values is found."""
    first = data.draw(st.integers(int(values[0]), int(values[-1]) - count + 1))
    assert choose_sign(first, count, values) == first
    for written in (first + 65536, first - 65536):
        if -32768 <= written <= 65535:
            assert choose_sign(written, count, values) == first


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (Dataset(), r"LUTDescriptor .* got \[\]"),
        (lut([1, 2], bits=17), r"8 to 16 bits; got \[2.0, 0.0, 17.0\]"),
        (lut([1, 256], bits=8), "must be different values of 8 bits; got 1 to 256"),
        (lut([7, 7, 7]), "must be different values of 16 bits; got 7 to 7"),
        (lut([0, 0]), "must be different values of 16 bits; got 0 to 0"),
        (lut(b"", entries=2), "must have 2 values of 16 bits.*got 0"),
    ],
)
def test_a_lut_that_cannot_be_used(item: Dataset, message: str):
    """What the standard does not allow, and a LUT of one value, is refused with tag and value."""
    with pytest.raises(PixelError, match=message):
        apply_lut(UNSIGNED, item)


def test_a_lut_without_data():
    """Both numbers, as for any LUT with too few values."""
    item = lut([1, 2])
    del item.LUTData
    with pytest.raises(PixelError, match=r"must have 2 values of 16 bits.*got 0"):
        apply_lut(UNSIGNED, item)


def test_entries_with_a_sign():
    """Old files have LUTData of VR SS: the words count, not their sign."""
    item = lut([0, 1, 40000])
    item.add_new("LUTData", "SS", [0, 1, 40000 - 65536])
    assert apply_lut(UNSIGNED, item)[0][:3].tolist() == [0, 1, 40000]


@pytest.mark.parametrize("number", [65536.0, -32769.0, math.nan, math.inf])
def test_entries_that_are_not_16_bits(number: float):
    """An element of a damaged file may have any numbers."""
    item = lut([0, 1])
    item.add_new("LUTData", "FD", [0.0, number])
    with pytest.raises(PixelError, match=r"LUTData .* must be numbers"):
        apply_lut(UNSIGNED, item)


def test_the_luts_of_a_file():
    """None where the sequence is absent or empty; what is no sequence cannot be used."""
    tags = Dataset()
    assert read_luts(tags, "VOILUTSequence") == []
    tags.VOILUTSequence = [lut([1, 2])]
    assert read_luts(tags, "VOILUTSequence") == [lut([1, 2])]
    tags.add_new("VOILUTSequence", "OB", b"\0\0")
    [item] = read_luts(tags, "VOILUTSequence")
    with pytest.raises(PixelError, match="LUTDescriptor"):
        apply_lut(UNSIGNED, item)
