"""What is measured of an image's best candidates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.calcifications.clusters import MEASURES, measure

SURE, NEVER = 20.0, -20.0
PIXEL = 0.1


def measures(logits, places, contrast=None) -> dict[str, float]:
    """The measures by their names; places in mm."""
    pixels = np.round(np.array(places) / PIXEL).astype(np.int32).reshape(-1, 2)
    contrast = np.ones(len(logits)) if contrast is None else np.array(contrast)
    values = measure(np.array(logits, np.float32), contrast, pixels, PIXEL)
    return dict(zip(MEASURES, values.tolist(), strict=True))


def test_neighbours_are_counted_within_their_radius():
    """Three within 5 mm, a fourth within 10 mm of one of them, and one far away."""
    places = [(0, 0), (0, 2), (2, 0), (0, 9), (60, 60)]
    found = measures([SURE] * 5, places)
    assert np.expm1(found["count"]) == pytest.approx(5)
    assert np.expm1(found["within_5_mm"]) == pytest.approx(3)
    assert np.expm1(found["within_10_mm"]) == pytest.approx(4)
    assert found["share_within_10_mm"] == pytest.approx(4 / 5)


def test_what_is_no_calcification_does_not_count():
    """However many of them lie together."""
    found = measures([SURE] + [NEVER] * 9, [(0, k) for k in range(10)])
    assert np.expm1(found["count"]) == pytest.approx(1, abs=1e-6)
    assert found["spread"] == pytest.approx(0, abs=1e-3)


def test_the_spread_and_contrast_are_those_of_the_cluster():
    """Two 6 mm apart lie 3 mm from their centre; contrasts of e - 1 and e^3 - 1 are 1 and 3."""
    found = measures([SURE] * 2, [(0, 0), (0, 6)], [np.e - 1, np.e**3 - 1])
    assert found["spread"] == pytest.approx(3)
    assert found["contrast"] == pytest.approx(2)
    assert found["contrast_deviation"] == pytest.approx(1)


def test_an_image_without_candidates_measures_0():
    """And one whose candidates are none tends to it."""
    empty, none = measures([], []), measures([NEVER], [(0, 0)], [0])
    assert set(empty.values()) == {0.0}
    assert all(none[name] == pytest.approx(0, abs=1e-6) for name in ("strongest", "count"))


@given(
    st.lists(
        st.tuples(st.floats(-9, 9), st.integers(0, 900), st.integers(0, 900)),
        min_size=1,
        max_size=30,
    )
)
def test_turning_and_moving_an_image_changes_nothing(candidates):
    """The measures are of distances alone."""
    logits = np.sort([each[0] for each in candidates])[::-1].astype(np.float32)
    places = np.array([each[1:] for each in candidates], np.int32)
    contrast = np.arange(len(candidates), dtype=np.float32)
    turned = 1000 - places[:, ::-1]
    np.testing.assert_allclose(
        measure(logits, contrast, places, 0.07), measure(logits, contrast, turned, 0.07), atol=1e-6
    )
