"""Which VOI LUT or window of a file is used, and what happens to those that cannot be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from mammo_tfds.pixels.tags import PixelError
from mammo_tfds.pixels.types import Window
from mammo_tfds.pixels.voi import apply_voi, count_windows
from tests.mammo_tfds.dicoms import lut

VALUES = np.arange(4096.0)
DARK, BRIGHT = lut([0, 1000, 4095], bits=12), lut([0, 4000, 4095], bits=12)
SHORT = lut([0, 4095], bits=12, entries=3)
WINDOWS = {"WindowCenter": [1000, 2000, 3000], "WindowWidth": [200, 2000, 800]}


def module(**changes: object) -> Dataset:
    tags = Dataset()
    for keyword, value in changes.items():
        setattr(tags, keyword, value)
    return tags


def shown(window: Window = "first", **changes: object) -> tuple[np.ndarray | None, list[str]]:
    """What becomes of VALUES, and the warnings."""
    warnings: list[str] = []
    return apply_voi(VALUES, module(**changes), window, warnings.append), warnings


def linear(center: float, width: float) -> np.ndarray:
    """C.11.2.1.2.1."""
    return np.clip((VALUES - (center - 0.5)) / (width - 1) + 0.5, 0, 1)


def assert_shown(expected: np.ndarray | None, window: Window, **changes: object) -> list[str]:
    """`expected` is what is shown; returns the warnings."""
    result, warnings = shown(window, **changes)
    if expected is None:
        assert result is None
    else:
        np.testing.assert_allclose(result, expected)
    return warnings


# Choice


@pytest.mark.parametrize(
    ("window", "center", "width"),
    [
        ("first", 1000, 200),
        (1, 1000, 200),
        (2, 2000, 2000),
        (3, 3000, 800),
        ("widest", 2000, 2000),
    ],
)
def test_a_window_is_chosen(window: Window, center: float, width: float):
    """By its number, from 1, or by its width; the file's other windows do not matter."""
    assert assert_shown(linear(center, width), window, **WINDOWS) == []


def test_none_is_stored_values():
    """As in a file without VOI LUTs and windows; even faulty ones then do not matter."""
    luts = {"VOILUTSequence": [SHORT]}
    assert assert_shown(None, "none", **luts, **WINDOWS) == []
    for window in ("first", "widest", "none", 1, 2):
        assert assert_shown(None, window) == []


@pytest.mark.parametrize("window", [1, 2, 3, 4, 5, "first", "widest"])
def test_luts_come_before_windows(window: Window):
    """C.11.2: they are alternatives. Two LUTs are 1 and 2, the first window is then 3.

    A LUT has no width, so the widest is a window.
    """
    luts = {"VOILUTSequence": [DARK, BRIGHT]}
    tables = [np.interp(VALUES, [0, 1, 2], [0, middle / 4095, 1]) for middle in (1000, 4000)]
    windows = [linear(*pair) for pair in zip(*WINDOWS.values(), strict=True)]
    number = {"first": 1, "widest": 4}.get(window, window)  # type: ignore[call-overload]
    assert assert_shown([*tables, *windows][number - 1], window, **luts, **WINDOWS) == []
    assert count_windows(module(**luts, **WINDOWS)) == 5


def test_the_widest_of_luts_is_the_first():
    """Without a window there is no width."""
    expected, _ = shown("first", VOILUTSequence=[DARK, BRIGHT])
    assert assert_shown(expected, "widest", VOILUTSequence=[DARK, BRIGHT]) == []


@pytest.mark.parametrize(
    ("changes", "count"), [(WINDOWS, 3), ({"WindowCenter": 9, "WindowWidth": 8}, 1)]
)
def test_a_number_that_the_file_does_not_have(changes: dict[str, object], count: int):
    """The first one is used, and a warning says so."""
    expected, _ = shown("first", **changes)
    warning = f"window 7 is not there, the file has {count}; window 1 is used"
    assert assert_shown(expected, 7, **changes) == [warning]


def test_the_function_is_that_of_all_windows():
    """C.11.2.1.3: VOILUTFunction applies to each of the windows."""
    sigmoid = 1 / (1 + np.exp(-4 * (VALUES - 2000) / 2000))
    assert assert_shown(sigmoid, 2, VOILUTFunction="SIGMOID", **WINDOWS) == []
    assert assert_shown(linear(2000, 2000), 2, VOILUTFunction="", **WINDOWS) == []


# A fault beside a good one

FAULTS = {
    "width 0": (
        {"WindowCenter": [5, 2000], "WindowWidth": [0, 300]},
        "WindowWidth (0028,1051) must be 1 or more for LINEAR; got 0:",
    ),
    "width below 1": ({"WindowCenter": [5, 2000], "WindowWidth": [0.5, 300]}, "got 0.5:"),
    "negative width": ({"WindowCenter": [5, 2000], "WindowWidth": [-9, 300]}, "got -9:"),
    "no number": ({"WindowCenter": ["", 2000], "WindowWidth": [9, 300]}, "got nan and 9:"),
    "infinite": ({"WindowCenter": [1e400, 2000], "WindowWidth": [9, 300]}, "got inf and 9:"),
    "short LUT": (
        {"VOILUTSequence": [SHORT], "WindowCenter": 2000, "WindowWidth": 300},
        "LUTData (0028,3006) must have 3 values of 12 bits",
    ),
    "empty item": (
        {"VOILUTSequence": [Dataset()], "WindowCenter": 2000, "WindowWidth": 300},
        "LUTDescriptor (0028,3002) must be",
    ),
}


@pytest.mark.parametrize(("changes", "fault"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("window", ["first", 1])
def test_a_fault_does_not_cost_the_image(changes: dict[str, object], fault: str, window: Window):
    """The next one is used instead, in one line of warning that names the fault."""
    [warning] = assert_shown(linear(2000, 300), window, **changes)
    assert warning.startswith("window 1 cannot be used (")
    assert warning.endswith("); window 2 is used")
    assert fault in warning


@pytest.mark.parametrize(("changes", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_fault_that_does_not_matter_is_not_told(changes: dict[str, object], fault: str):
    """One that is not asked for is not looked at."""
    assert assert_shown(linear(2000, 300), 2, **changes) == []


def test_windows_after_a_faulty_function():
    """A VOILUTFunction that the standard does not have makes windows useless, and no LUT."""
    tags = {"VOILUTFunction": "CUBIC", "VOILUTSequence": [DARK], **WINDOWS}
    expected, _ = shown("first", VOILUTSequence=[DARK])
    assert assert_shown(expected, "first", **tags) == []
    [warning] = assert_shown(expected, 2, **tags)
    assert "window 2 cannot be used (VOILUTFunction (0028,1056) must be LINEAR" in warning
    assert warning.endswith("; window 1 is used")


def test_centres_and_widths_are_pairs():
    """C.11.2.1.2: as many of one as of the other. A pair is used, one alone cannot be."""
    uneven = {"WindowCenter": [2000, 3000], "WindowWidth": 300}
    assert assert_shown(linear(2000, 300), "first", **uneven) == []
    [warning] = assert_shown(linear(2000, 300), 2, **uneven)
    assert "window 2 cannot be used" in warning
    assert "must be pairs of numbers; got 3000 and nan" in warning
    for alone in ({"WindowCenter": 5}, {"WindowWidth": 5}):
        with pytest.raises(PixelError, match="must be pairs of numbers"):
            shown(**alone)


def test_width_0_alone_is_no_window():
    """The image is shown as if it had none, as in viewers (dcmtk's dcm2pnm 3.6.7 ignores it)."""
    for function in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        [warning] = assert_shown(
            None, "first", WindowCenter=0, WindowWidth=0, VOILUTFunction=function
        )
        assert warning.startswith("window 1 cannot be used (WindowWidth (0028,1051) must be")
        assert warning.endswith("got 0: export the file again); stored values are used")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"WindowCenter": 5, "WindowWidth": 0.5}, r"WindowWidth .* 1 or more for LINEAR; got 0.5"),
        (
            {"WindowCenter": 5, "WindowWidth": -1, "VOILUTFunction": "SIGMOID"},
            r"WindowWidth .* above 0 for SIGMOID; got -1",
        ),
        ({"WindowCenter": [5, 6], "WindowWidth": [0, -2]}, "got -2"),
        ({"VOILUTSequence": [SHORT]}, r"LUTData .* 3 values .*; got 2"),
        (
            {"WindowCenter": 5, "WindowWidth": 9, "VOILUTFunction": "CUBIC"},
            "VOILUTFunction .*must be LINEAR or LINEAR_EXACT or SIGMOID or absent; got 'CUBIC'",
        ),
    ],
)
@pytest.mark.parametrize("window", ["first", "widest", 2])
def test_refused_where_none_can_be_used(changes: dict[str, object], message: str, window: Window):
    """One line with tag and value, and the setting by which the image can be read all the same."""
    with pytest.raises(PixelError, match=f"{message}.*, or set data.window to none$"):
        shown(window, **changes)


@pytest.mark.parametrize("window", ["second", "", 0, -1, None, 1.5])
def test_no_such_setting(window: object):
    """A word that is none, or a number below 1, is the caller's error."""
    with pytest.raises(ValueError, match="window must be first, widest, none or a number from 1"):
        shown(window, **WINDOWS)  # type: ignore[arg-type]


numbers = st.one_of(st.integers(-10, 5000).map(float), st.floats())


@given(
    centers=st.lists(numbers, max_size=4),
    widths=st.lists(numbers, max_size=4),
    luts=st.lists(st.sampled_from([DARK, SHORT]), max_size=2),
    window=st.one_of(st.sampled_from(["first", "widest", "none"]), st.integers(1, 9)),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID", ""]),
)
def test_any_tags(
    centers: list[float],
    widths: list[float],
    luts: list[Dataset],
    window: Window,
    function: str,
):
    """Whatever a file has, the result is brightness from 0 to 1, stored values, or a PixelError."""
    tags = module(VOILUTSequence=luts, VOILUTFunction=function)
    tags.add_new("WindowCenter", "FD", centers)  # as DS, pydicom does not write all of these
    tags.add_new("WindowWidth", "FD", widths)
    warnings: list[str] = []
    try:
        result = apply_voi(VALUES, tags, window, warnings.append)
    except PixelError:
        assert window != "none"
        assert not warnings
    else:
        assert result is None or (result.min() >= 0 and result.max() <= 1)
        assert len(warnings) <= 1
