"""How far numbers are apart: rounding, or more."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jobs.evaluation.number_gaps import ROUNDING, Column, Gap, always, columns_of, measure

FLOAT32_LAST_PLACE = 2.0**-23  # IEEE 754 binary32: 23 bits behind the first

numbers = arrays(np.float64, 5, elements=st.floats(-1e6, 1e6))


def gap(a: object, b: object) -> Gap:
    return measure([Column(np.array(a, float), np.array(b, float), lambda i: f"number {i}")])


@given(numbers)
def test_what_is_equal(values: np.ndarray):
    """No difference, and nothing that is furthest apart."""
    assert gap(values, values.copy()) == Gap(5)


@given(numbers, st.integers(0, 4), st.floats(1e-9, 1e3))
def test_any_change_is_found_both_ways(values: np.ndarray, index: int, change: float):
    """However small; the measure is the same in both directions."""
    other = values.copy()
    other[index] += change
    found = gap(values, other)
    if other[index] == values[index]:
        assert found == Gap(5)
        return
    assert (found.different, found.where) == (1, f"number {index}")
    assert found == gap(other, values)
    assert found.largest == pytest.approx(
        abs(other[index] - values[index]) / max(abs(values).max(), abs(other).max())
    )


def test_the_last_digits_of_a_float32_are_rounding():
    """839 units in the last place are; 840 are not."""
    for units, beyond in ((1, 0), (838, 0), (840, 1)):
        assert gap([1.0], [1.0 - units * FLOAT32_LAST_PLACE]).beyond == beyond
    assert pytest.approx(839, abs=0.5) == ROUNDING / FLOAT32_LAST_PLACE


def test_the_scale_is_the_column_s():
    """A weight near nought may change its sign and all digits, if it is small beside the others."""
    found = gap([1.0, 1e-9], [1.0, -1e-9])
    assert (found.different, found.beyond, found.largest) == (1, 0, pytest.approx(2e-9))
    assert gap([1e-9], [-1e-9]).beyond == 1
    two = [Column(np.array([x]), np.array([y]), always("")) for x, y in ((1, 1), (1e-9, -1e-9))]
    assert measure(two).beyond == 1


def test_what_is_no_number():
    """NaN is like NaN; anything else is infinitely far from it, and from infinity."""
    assert gap([math.nan, 1], [math.nan, 1]) == Gap(2)
    found = gap([1, 2, math.inf], [1, math.nan, 5])
    assert found == Gap(3, 2, 2, math.inf, "number 1")


def test_gaps_add_up():
    """Counts are summed; the largest is that of both, with its place."""
    assert Gap(5, 2, 1, 0.5, "x") + Gap(7, 3, 0, 1e-7, "y") == Gap(12, 5, 1, 0.5, "x")
    assert measure([]) == Gap()


def test_columns_of_documents():
    """Numbers and lists of as many numbers; not words, truth values, or what only one has."""
    a = {"n": 1, "list": [1, 2.5], "other": [1, 2], "word": "x", "none": None, "bool": True, "a": 1}
    b = {"n": 2, "list": [1, 3.5], "other": [1], "word": "y", "none": 1, "bool": False, "b": 1}
    found = {column.name(0): (list(column.a), list(column.b)) for column in columns_of(a, b)}
    assert found == {"n": ([1], [2]), "list": ([1, 2.5], [1, 3.5])}
