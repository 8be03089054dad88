"""Tags -> the brightness of each possible sample."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from mammo_tfds.pixels.greyscale import make_brightness_lut
from mammo_tfds.pixels.tags import PixelError
from mammo_tfds.pixels.types import Window
from tests.mammo_tfds.dicoms import image_tags, lut

SAMPLES = np.zeros((1, 1), np.uint16)


def tags_of(bits: int = 12, **changes: object) -> Dataset:
    return image_tags(SAMPLES, BitsStored=bits, HighBit=bits - 1, **changes)


def scale_of(bits: int = 12, window: Window = "first", **changes: object) -> np.ndarray:
    return make_brightness_lut(tags_of(bits, **changes), window, pytest.fail)


# Without a window


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_values_are_kept(bits: int):
    """Without modality LUT and window, every unsigned value is its own brightness."""
    scale = scale_of(bits)
    assert scale.dtype == np.uint16
    assert np.array_equal(scale, np.arange(2**bits))


def test_signed_values_keep_their_order():
    """In two's complement, the smallest value, -2048, becomes 0, and -1 is just below 0."""
    scale = scale_of(PixelRepresentation=1)
    assert scale[0x800] == 0
    assert (scale[0xFFF], scale[0], scale[0x7FF]) == (2047, 2048, 4095)


def test_rescale_without_window_changes_only_units():
    """A positive slope keeps the stored steps; a negative one inverts the image."""
    assert np.array_equal(scale_of(RescaleSlope=0.25, RescaleIntercept=-1000), np.arange(4096))
    assert np.array_equal(scale_of(RescaleSlope=-2, RescaleIntercept=7), np.arange(4096)[::-1])


def test_monochrome1_without_window():
    """MONOCHROME1 is inverted within the stored bits."""
    scale = scale_of(PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(scale, 4095 - np.arange(4096))


def test_inverse_presentation_shape_is_ignored():
    """PresentationLUTShape INVERSE only repeats MONOCHROME1, and is no second inversion."""
    once = scale_of(PhotometricInterpretation="MONOCHROME1")
    both = scale_of(PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE")
    assert np.array_equal(once, both)


# Windows, by the formulas of DICOM PS3.3 C.11.2.1


def test_linear_window():
    """C.11.2.1.2.1: y = ((x - (c - 0.5)) / (w - 1) + 0.5) * 65535, clipped."""
    scale = scale_of(WindowCenter=2048, WindowWidth=1024)
    assert scale[1536] == 0  # x <= c - 0.5 - (w - 1) / 2 = 1536
    assert scale[2560] == 65535  # x > c - 0.5 + (w - 1) / 2 = 2559
    assert scale[1800] == pytest.approx(((1800 - 2047.5) / 1023 + 0.5) * 65535, abs=0.5)  # 16912.3


def test_linear_exact_window():
    """C.11.2.1.3.2: y = ((x - c) / w + 0.5) * 65535, clipped."""
    scale = scale_of(WindowCenter=2048, WindowWidth=1024, VOILUTFunction="LINEAR_EXACT")
    assert (scale[1536], scale[2048], scale[2560]) == (0, 32768, 65535)
    assert scale[1800] == pytest.approx(16896, abs=0.5)  # (-248 / 1024 + 0.5) * 65535 = 16895.7


def test_sigmoid_window():
    """C.11.2.1.3.1: y = 65535 / (1 + exp(-4 (x - c) / w))."""
    scale = scale_of(WindowCenter=2048, WindowWidth=1000, VOILUTFunction="SIGMOID")
    assert scale[2048] == 32768
    assert scale[2298] == pytest.approx(65535 / (1 + math.exp(-1)), abs=0.5)  # 47910.0
    assert scale[1548] == pytest.approx(65535 / (1 + math.exp(2)), abs=0.5)  # 7811.9


def test_narrow_sigmoid_is_a_step_without_a_warning():
    """exp overflows far below a narrow window: the brightness is 0, without a NumPy warning."""
    with warnings.catch_warnings(action="error"):
        scale = scale_of(WindowCenter=2048, WindowWidth=1, VOILUTFunction="SIGMOID")
    assert (scale[0], scale[4095]) == (0, 65535)


def test_linear_window_of_width_one_is_a_step():
    """C.11.2.1.2.1: at w = 1, all values up to c - 0.5 are darkest, all above are brightest."""
    scale = scale_of(WindowCenter=2048.5, WindowWidth=1)
    assert (scale[2048], scale[2049]) == (0, 65535)


def test_window_acts_on_rescaled_values():
    """The modality rescale comes before the window: here x = 2 s - 100."""
    scale = scale_of(RescaleSlope=2, RescaleIntercept=-100, WindowCenter=1948, WindowWidth=1024)
    assert np.array_equal(scale[:1500], scale_of(WindowCenter=2048, WindowWidth=1024)[0:3000:2])


def test_window_after_a_negative_slope_inverts_the_image():
    """Larger modality values are brighter, so with slope -1 larger stored values are darker."""
    plain = scale_of(WindowCenter=2048, WindowWidth=1024)
    turned = scale_of(RescaleSlope=-1, RescaleIntercept=4095, WindowCenter=2048, WindowWidth=1024)
    assert np.array_equal(turned, plain[::-1])


def test_monochrome1_is_inverted_after_the_window():
    """C.7.6.3.1.2: the window is applied to the values before they are inverted."""
    window = {"WindowCenter": 1000, "WindowWidth": 500}
    turned = scale_of(PhotometricInterpretation="MONOCHROME1", **window)
    assert np.array_equal(turned, 65535 - scale_of(**window))


def test_a_window_is_chosen():
    """By default the first one; none keeps the stored values."""
    windows = {"WindowCenter": [2653, 2713], "WindowWidth": [900, 750]}
    assert np.array_equal(scale_of(**windows), scale_of(WindowCenter=2653, WindowWidth=900))
    second = scale_of(window=2, **windows)
    assert np.array_equal(second, scale_of(WindowCenter=2713, WindowWidth=750))
    assert np.array_equal(scale_of(window="none", **windows), np.arange(4096))


def test_a_window_that_cannot_be_used_is_warned_of():
    """The line says what is used instead."""
    lines: list[str] = []
    tags = tags_of(WindowCenter=0, WindowWidth=0)
    assert np.array_equal(make_brightness_lut(tags, "first", lines.append), np.arange(4096))
    assert len(lines) == 1 and lines[0].endswith("; stored values are used")


@given(
    center=st.integers(-500, 5000),
    width=st.integers(2, 9000),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
    slope=st.sampled_from([1.0, 0.5, 3.0]),
    signed=st.sampled_from([0, 1]),
)
def test_windows_agree_with_pydicom(center, width, function, slope, signed):
    """Where pydicom is right, the result is pydicom's, scaled to 0 to 65535."""
    tags = tags_of(
        PixelRepresentation=signed,
        RescaleSlope=slope,
        RescaleIntercept=-20,
        WindowCenter=center,
        WindowWidth=width,
        VOILUTFunction=function,
    )
    stored = np.arange(-2048, 2048) if signed else np.arange(4096)
    modality = apply_modality_lut(stored, tags)
    with np.errstate(over="ignore"):
        expected = apply_voi_lut(modality, tags)
    span = modality[-1] - modality[0]
    expected = (expected - modality[0]) / span * 65535
    assert make_brightness_lut(tags, "first", pytest.fail)[stored] == pytest.approx(
        expected, abs=0.51
    )


# LUTs


def test_voi_lut():
    """C.11.2.1.1: values below the first and above the last entry get those; bits set the range."""
    table = lut([0, 100, 1000, 4095], first=10, bits=12)
    scale = scale_of(VOILUTSequence=[table])
    assert scale[[0, 10, 11, 12, 13, 4000]].tolist() == [0, 0, 1600, 16004, 65535, 65535]


def test_voi_lut_of_fewer_bits_than_it_says():
    """4096 entries from 0 to 255, of 16 bits by the descriptor, give the full range.

    As dcmtk's dcm2pnm 3.6.7 with --ignore-vlut-depth: 32768 and 65280 of 65535 in the middle and
    at the end, which are 128 and 255 of 256 grey levels; here they are 128 and 255 of 255.
    """
    table = lut((np.arange(4096) // 16).tolist(), bits=16)
    scale = scale_of(VOILUTSequence=[table])
    assert scale[[0, 2048, 4095]].tolist() == [0, 128 * 257, 65535]


def test_voi_lut_on_signed_values():
    """The first value mapped may be negative."""
    scale = scale_of(PixelRepresentation=1, VOILUTSequence=[lut([0, 255], first=-1, bits=8)])
    assert (scale[0x800], scale[0xFFF], scale[0]) == (0, 0, 65535)


@pytest.mark.parametrize("keyword", ["ModalityLUTSequence", "VOILUTSequence"])
@pytest.mark.parametrize(
    ("signed", "written", "meant"), [(1, 63488, -2048), (0, -25536, 40000)], ids=["signed", "not"]
)
def test_first_value_with_the_other_sign(keyword: str, signed: int, written: int, meant: int):
    """Signed where pixels are unsigned, or the reverse: it is read as what it means."""
    ramp = list(range(4096))
    scales = [
        scale_of(16, PixelRepresentation=signed, **{keyword: [lut(ramp, first, bits=12)]})
        for first in (written, meant)
    ]
    assert np.array_equal(*scales)
    assert np.unique(scales[0]).size == 4096


@pytest.mark.parametrize("data", [bytes(range(256)) * 2, np.arange(512, dtype="<u2").tobytes()])
def test_long_lut_of_bytes_and_of_words(data: bytes):
    """512 entries, as bytes (8 bits each) or as words, have no overflow in their index."""
    bits, top = (8, 255) if len(data) == 512 else (9, 511)
    scale = scale_of(VOILUTSequence=[lut(data, bits=bits, entries=512)])
    assert scale[300] == round((300 % (top + 1)) / top * 65535)


def test_modality_lut():
    """Without a window, the LUT's steps are kept; with one, the window is applied to its output."""
    table = lut(list(range(0, 65536, 16)))
    assert scale_of(ModalityLUTSequence=[table])[:3].tolist() == [0, 16, 32]
    shown = scale_of(
        ModalityLUTSequence=[table],
        WindowCenter=32768,
        WindowWidth=65536,
        VOILUTFunction="LINEAR_EXACT",
    )
    assert shown[2048] == 32768


# Padding


def test_padding_is_dark():
    """Padding is 0, also in MONOCHROME1, where 0 would be brightest, with and without a window."""
    for window in ({}, {"WindowCenter": 2048, "WindowWidth": 4096}):
        scale = scale_of(PhotometricInterpretation="MONOCHROME1", PixelPaddingValue=0, **window)
        assert scale[0] == 0
        assert scale[1] == scale.max() > 4000


@pytest.mark.parametrize(("value", "limit"), [(0, 30), (30, 0)])
def test_padding_range(value: int, limit: int):
    """C.7.5.1.1.2: all values between value and limit, both included, in either order."""
    scale = scale_of(
        PhotometricInterpretation="MONOCHROME1",
        PixelPaddingValue=value,
        PixelPaddingRangeLimit=limit,
    )
    assert not scale[:31].any()
    assert scale[31] == 4095 - 31


def test_signed_padding_is_a_stored_value():
    """Padding is compared with the signed stored values, before the rescale."""
    tags = tags_of(PixelRepresentation=1, RescaleSlope=1, RescaleIntercept=500)
    tags.add_new("PixelPaddingValue", "SS", -2)
    scale = make_brightness_lut(tags, "first", pytest.fail)
    assert (scale[0xFFD], scale[0xFFE], scale[0xFFF]) == (2045, 0, 2047)


@pytest.mark.parametrize(
    ("signed", "vr", "value", "stored"), [(1, "US", 63488, 0x8000 >> 4), (0, "SS", -1, 0xFFFF)]
)
def test_padding_with_the_other_sign(signed: int, vr: str, value: int, stored: int):
    """63488 is -2048 where pixels are signed, and -1 is 65535 where they are not."""
    tags = tags_of(12 if signed else 16, PixelRepresentation=signed)
    tags.PhotometricInterpretation = "MONOCHROME1"  # where 0 would otherwise be brightest
    tags.add_new("PixelPaddingValue", vr, value)
    tags.RescaleIntercept, tags.RescaleSlope = 0, 1
    plain = tags_of(12 if signed else 16, PixelRepresentation=signed)
    plain.PhotometricInterpretation = "MONOCHROME1"
    scale = make_brightness_lut(tags, "first", pytest.fail)
    changed = np.flatnonzero(scale != make_brightness_lut(plain, "first", pytest.fail))
    assert scale[stored] == 0
    assert set(changed) <= {stored}


# Refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"RescaleSlope": 0, "RescaleIntercept": 0}, "RescaleSlope .* must not be 0"),
        ({"RescaleSlope": "-1E400", "RescaleIntercept": 0}, "RescaleSlope .* must be numbers"),
        ({"RescaleSlope": 1, "RescaleIntercept": "1E400"}, "RescaleIntercept .* must be numbers"),
        ({"ModalityLUTSequence": [Dataset()]}, r"LUTDescriptor .* got \[\]"),
        (
            {"ModalityLUTSequence": [lut([1, 2], entries=3)]},
            r"must have 3 values of 16 bits.*got 2: export the file again$",
        ),
        (
            {"VOILUTSequence": [lut([1, 2], entries=3)]},
            r"must have 3 values of 16 bits.*got 2: export the file again, or set data.window",
        ),
    ],
)
def test_invalid_tags_are_refused(changes: dict[str, object], message: str):
    """What the standard does not allow is refused, with tag and value."""
    with pytest.raises(PixelError, match=message):
        scale_of(**changes)
