"""Figures of a release that lacks what a protocol scores."""

from types import SimpleNamespace

import numpy as np

from jobs.inflation.measure import _Measurement
from jobs.views.parameters import View


def test_a_fold_without_extremes_has_no_figure():
    """A release of BI-RADS 3 and 4 alone."""
    images = {str(n): SimpleNamespace(birads="34"[n % 2], patient=str(n)) for n in range(4)}
    found = _Measurement._extremes(
        SimpleNamespace(images=images), [np.zeros((4, 1))], [[View(one, 0) for one in images]]
    )
    assert found == {"reason": "a fold has no image of BI-RADS 1, 2, 5 or 6"}
