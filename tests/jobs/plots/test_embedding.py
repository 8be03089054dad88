"""Features on their principal components."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from jobs.plots.embedding import EmbeddingDisplay
from jobs.plots.svg import to_svg

FEATURES = np.random.default_rng(0).normal(size=(20, 6)) * [3, 2, 1, 1, 1, 1]
SICK = np.arange(20) < 5


def test_points_lie_on_the_principal_components():
    """As scikit-learn has them, signs apart, and the share of the variance of each."""
    display = EmbeddingDisplay.of(FEATURES, SICK)
    expected = PCA(2).fit(FEATURES)
    assert np.abs(display.points) == pytest.approx(np.abs(expected.transform(FEATURES)))
    assert display.variance == pytest.approx(tuple(expected.explained_variance_ratio_))


def test_its_words_and_its_picture():
    """How many images, and how much of the variance is seen."""
    display = EmbeddingDisplay.of(FEATURES, SICK)
    assert display.alt_text().startswith("Features of 20 images, 5 of them sick")
    assert "component 1 (" in to_svg(display, "embedding")
