"""A detector learns, and learns the same again."""

import numpy as np

from jobs.calcifications.candidates import PATCH
from jobs.calcifications.detector import SHAPES
from jobs.model import tf_runtime
from jobs.training.calcifications.examples import Examples
from jobs.training.calcifications.fit_detector import compute_logits, fit_detector


def make_examples(seed: int) -> Examples:
    """Spots in noise, and noise."""
    generator = np.random.default_rng(seed)
    noise = generator.normal(size=(200, PATCH, PATCH)).astype(np.float16)
    spots = noise[:50].copy()
    spots[:, 11:15, 11:15] += 2
    return Examples(spots, noise[50:])


def test_it_tells_spots_from_noise_that_it_has_not_seen():
    """After two epochs in each of two rounds; how many are finished is told after each."""
    calls = []
    detector = fit_detector(make_examples(1), 2, (3, "test"), calls.append)
    new = make_examples(2)
    spots, noise = detector.logits(new.positive), detector.logits(new.negative)
    assert np.mean(spots[:, None] > noise) > 0.95
    assert calls == [1, 2, 3, 4]


def test_the_same_key_trains_the_same_detector():
    """Bit for bit; another key another one."""
    first, again, other = (
        fit_detector(make_examples(1), 1, (seed, "test"), lambda finished: None).arrays()
        for seed in (3, 3, 4)
    )
    assert all(np.array_equal(first[name], again[name]) for name in SHAPES)
    assert not np.array_equal(first["kernel1"], other["kernel1"])


def test_what_is_trained_is_what_predicts():
    """TensorFlow's network and NumPy's have the same logits."""
    detector = fit_detector(make_examples(1), 1, (3, "test"), lambda finished: None)
    patches = make_examples(5).positive.astype(np.float32)
    tf = tf_runtime.start()
    variables = {name: tf.constant(value) for name, value in detector.arrays().items()}
    trained = compute_logits(variables, tf.constant(patches)).numpy()
    np.testing.assert_allclose(detector.logits(patches), trained, rtol=1e-4, atol=1e-5)
