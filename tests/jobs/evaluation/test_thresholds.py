"""The threshold from which on a case is called sick."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.evaluation.levels import Cases
from jobs.evaluation.thresholds import youden_threshold


@st.composite
def _cases(draw):
    sick = [True, False, *draw(st.lists(st.booleans(), max_size=20))]
    values = st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0])
    probability = draw(st.lists(values, min_size=len(sick), max_size=len(sick)))
    return Cases(np.arange(len(sick)).astype(str), np.array(sick), np.array(probability))


@given(_cases())
def test_youden_is_the_best_of_all_thresholds(cases):
    """No other finite threshold has a larger sensitivity + specificity, and no higher an equal."""

    def index(threshold):
        called = cases.probability >= threshold
        return called[cases.sick].mean() - called[~cases.sick].mean()

    chosen = youden_threshold(cases)
    assert chosen in cases.probability
    for other in np.unique(cases.probability):
        assert index(other) <= index(chosen) + 1e-12
        if other > chosen:
            assert index(other) < index(chosen)
