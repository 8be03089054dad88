"""The head against its layers written out, and what does not fit into it."""

import numpy as np
import pytest

from jobs.common.errors import ConfigError
from jobs.config.sections import HeadConfig
from jobs.model import tf_runtime
from jobs.model.heads.conv_pool import build_head


@pytest.mark.parametrize(("kernel", "size"), [(1, (8, 8)), (1, (2, 2)), (3, (5, 6)), (1, (12, 21))])
def test_it_has_the_layers_of_the_report(kernel, size):
    """Convolution, max-pooling, ReLU, flatten, fully connected, by TensorFlow's own operations."""
    tf = tf_runtime.start()
    head = build_head(HeadConfig(filters=4, kernel=kernel, pool=2), (*size, 7), seed=3)
    features = np.random.default_rng(0).standard_normal((3, *size, 7)).astype(np.float32)
    weights, bias, matrix, offset = head.get_weights()
    bias += 0.1  # it begins at zero
    head.set_weights([weights, bias, matrix, offset])
    convolved = tf.nn.conv2d(features, weights.reshape(kernel, kernel, 7, 4), 1, "SAME") + bias
    flat = tf.reshape(tf.nn.relu(tf.nn.max_pool2d(convolved, 2, 2, "VALID")), (3, -1))
    assert np.allclose(head(features), (flat @ matrix + offset)[:, 0], atol=1e-5)


def test_initial_weights_follow_from_the_seed():
    """The same seed gives the same weights, by Glorot's rule; another one others."""
    first, again, other = (build_head(HeadConfig(), (8, 8, 64), seed) for seed in (1, 1, 2))
    for one, two in zip(first.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, two)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])
    # Glorot and Bengio, AISTATS 2010: uniform within sqrt(6 / (fan in + fan out)).
    limit = np.sqrt(6 / (64 + 32))
    assert 0.95 * limit < np.abs(first.get_weights()[0]).max() <= limit


@pytest.mark.parametrize(("config", "key"), [({"kernel": 4}, "kernel"), ({"pool": 4}, "pool")])
def test_a_kernel_or_pool_larger_than_the_features_is_refused(config, key):
    """A configuration error names the key."""
    with pytest.raises(ConfigError, match=rf"head\.{key} must fit into the features.*3 x 5"):
        build_head(HeadConfig(**config), (3, 5, 2), seed=1)
