"""Adam of many heads is Keras's Adam of each."""

import numpy as np

from jobs.model import tf_runtime
from jobs.training.together.adam import adam

RATES, DECAYS = (0.01, 0.1), (0.0, 0.3)


def test_each_head_steps_as_keras_would():
    """With a rate and a decay of its own."""
    tf = tf_runtime.start()
    draw = np.random.default_rng(0)
    start = draw.normal(size=(2, 3)).astype(np.float32)
    gradients = draw.normal(size=(4, 2, 3)).astype(np.float32)
    state = ((tf.constant(start),), (tf.zeros((2, 3)),), (tf.zeros((2, 3)),))
    for step, gradient in enumerate(gradients, 1):
        given = (tf.constant(each, tf.float32) for each in (RATES, DECAYS))
        state = adam(state, [tf.constant(gradient)], tf.constant(step), *given)
    for head, (rate, decay) in enumerate(zip(RATES, DECAYS, strict=True)):
        variable = tf.Variable(start[head])
        optimizer = tf.keras.optimizers.Adam(rate, weight_decay=decay or None)
        for gradient in gradients[:, head]:
            optimizer.apply_gradients([(tf.constant(gradient), variable)])
        np.testing.assert_allclose(state[0][0][head], variable.numpy(), rtol=1e-5)
