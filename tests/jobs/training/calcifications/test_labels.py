"""Which candidates count as calcifications, by contours of each kind."""

import numpy as np
import pytest

from jobs.calcifications.candidates import CANDIDATE
from jobs.training.calcifications.labels import (
    NO,
    UNKNOWN,
    YES,
    is_calcification,
    label_candidates,
)
from mammo_tfds.release.contours import KINDS, Contour

SHAPE = (200, 160)


def at(*places: tuple[int, int]) -> np.ndarray:
    """Candidates at (row, column)."""
    candidates = np.zeros(len(places), CANDIDATE)
    candidates["row"], candidates["column"] = np.array(places).T
    return candidates


def square(kind: str, side: float) -> Contour:
    """A contour around row 100, column 80."""
    low, high = -side / 2, side / 2
    corners = ((low, low), (high, low), (high, high), (low, high))
    return Contour(kind, kind, tuple((80 + x, 100 + y) for x, y in corners))


def labels(candidates, *contours: Contour, sick: bool = False) -> list[int]:
    return label_candidates(candidates, contours, SHAPE, sick).tolist()


@pytest.mark.parametrize("kind", ["calcification", "point"])
def test_what_lies_at_a_point_is_a_calcification(kind):
    """Some pixels beside it, too; what has a part of it in its patch is unknown."""
    point = Contour(kind, kind, ((80.5, 100.5),))
    assert labels(at((100, 80), (104, 80), (112, 80), (130, 80)), point) == [YES, YES, UNKNOWN, NO]


def test_what_lies_in_a_calcification_s_outline_is_one():
    """Large ones are drawn as polygons."""
    assert labels(at((100, 80), (108, 86), (60, 80)), square("calcification", 20)) == [YES, YES, NO]


def test_a_cluster_s_brightest_candidates_are_calcifications():
    """Its fainter ones may be tissue between them: they have no label."""
    inside = [(95 + number, 80) for number in range(12)]
    assert labels(at(*inside, (10, 10)), square("cluster", 40)) == [YES] * 8 + [UNKNOWN] * 4 + [NO]


def test_other_findings_are_not_calcifications():
    """A mass has bright spots that the detector must not take for any."""
    others = [kind for kind in KINDS if not is_calcification(square(kind, 1))]
    assert others == ["mass", "spiculated region", "asymmetry", "distortion", "unnamed"]
    for kind in others:
        assert labels(at((100, 80)), square(kind, 40), sick=True) == [NO]


def test_a_sick_image_without_contours_says_nothing():
    """Whatever made it suspicious may be calcifications that nobody marked."""
    assert labels(at((100, 80)), sick=True) == [UNKNOWN]
    assert labels(at((100, 80)), sick=False) == [NO]


def test_contours_beyond_the_image_are_no_error():
    """Some of INbreast's have points outside."""
    outside = Contour("point", "Point 1", ((-3.0, 400.0),))
    assert labels(at((199, 0), (0, 159)), outside) == [NO, NO]
