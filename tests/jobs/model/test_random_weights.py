"""Random weights: a function of the seed, and fit to extract features."""

import numpy as np

from jobs.model.random_weights import write_random_weights
from jobs.model.tensorflow_extractor import TensorFlowExtractor

SIZE = (107, 91)


def test_random_weights_are_the_same_bytes_for_the_same_seed(checkpoint, tmp_path):
    """A random checkpoint depends on the seed alone, not on models that were built before."""
    write_random_weights(tmp_path / "again.h5", seed=3)
    write_random_weights(tmp_path / "other.h5", seed=4)
    assert (tmp_path / "again.h5").read_bytes() == checkpoint.read_bytes()
    assert (tmp_path / "other.h5").read_bytes() != checkpoint.read_bytes()


def test_images_differ_after_random_layers(checkpoint):
    """After ninety layers, images still differ about as much as units within an image do.

    ImageNet's weights give 0.49 at mixed8 on mammograms; unset batch norms gave 0.16.
    """
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    ellipses = [np.hypot(x / a, y / b) < 50 for a, b in [(1, 1), (0.5, 1), (1, 0.3), (0.7, 0.7)]]
    images = np.stack(ellipses).astype(np.float32)[..., None] - 0.5
    features = TensorFlowExtractor(checkpoint, "mixed10", SIZE).features(images)
    assert features.std(axis=0).mean() / features.std() > 0.2
    assert np.abs(features).max() < np.finfo(np.float16).max
