"""Many of the report's heads at once: see `jobs.model.heads.conv_pool` for one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.keyed_rng import key_seed
from jobs.common.types import Array, Tensor
from jobs.config.sections import HeadConfig
from jobs.features.store import Features
from jobs.model import tf_runtime
from jobs.model.heads.conv_pool import require_fit
from jobs.training.from_features import FeatureInputs
from jobs.training.together.heads import HeadSpec, Labels, Weights
from jobs.views.parameters import View


@dataclass(frozen=True)
class ConvHeads:
    """The report's heads with one `filters`, `kernel` and `pool`, on feature maps of one shape."""

    head: HeadConfig
    features: Features

    members = 1

    def initial(self, specs: Sequence[HeadSpec]) -> list[Array]:
        """(M, k, k, channels, filters), (M, filters), (M, places, filters), (M,)."""
        require_fit(self.head, self.features.shape)
        glorot = tf_runtime.start().keras.initializers.GlorotUniform
        rows, columns, channels = self.features.shape
        kernel, filters, pool = self.head.kernel, self.head.filters, self.head.pool
        # A Dense layer stands for a convolution of 1 x 1 there: the same numbers are drawn.
        shape = (channels, filters) if kernel == 1 else (kernel, kernel, channels, filters)
        places = (rows // pool) * (columns // pool)
        seeds = [key_seed(spec.study.seed, "head", spec.model) % 2**31 for spec in specs]
        kernels = [np.array(glorot(seed)(shape)) for seed in seeds]
        lasts = [np.array(glorot(seed + 1)((places * filters, 1))) for seed in seeds]
        count = len(seeds)
        return [
            np.stack(kernels).reshape(count, kernel, kernel, channels, filters),
            np.zeros((count, filters), np.float32),
            np.stack(lasts).reshape(count, places, filters),
            np.zeros(count, np.float32),
        ]

    def load(self, views: Sequence[View]) -> tuple[Tensor]:
        """(n, h, w, channels)."""
        return (FeatureInputs(self.features).load(views, None),)

    def load_step(self, views: Sequence[View], epoch: int) -> tuple[tuple[Tensor], tuple[()]]:
        """The same; no place has a label of its own."""
        return self.load(views), ()

    def loss(
        self, weights: Weights, inputs: tuple[Tensor, ...], labels: Labels, mask: Tensor
    ) -> Tensor:
        """As `Classifier.loss`, of each head by itself."""
        tf = tf_runtime.start()
        kernel, *rest = weights
        logits = self.logits((kernel * mask[:, None, None, :, None], *rest), inputs)
        sick = tf.broadcast_to(labels.sick[:, None], tf.shape(logits))
        losses = tf.nn.sigmoid_cross_entropy_with_logits(sick, logits)
        return tf.reduce_sum(losses * labels.weight)

    def logits(self, weights: Weights, inputs: tuple[Tensor, ...]) -> Tensor:
        """As `Classifier.logits`, of each head."""
        tf = tf_runtime.start()
        kernel, bias, last, offset = weights
        (stored,) = inputs
        maps = tf.cast(stored, tf.float32)
        heads = tf.shape(kernel)[0]
        size, filters, pool = self.head.kernel, self.head.filters, self.head.pool
        side = (size, size, kernel.shape[3], heads * filters)
        flat = tf.reshape(tf.transpose(kernel, (1, 2, 3, 0, 4)), side)
        units = tf.nn.conv2d(maps, flat, 1, "SAME") + tf.reshape(bias, (-1,))
        units = tf.nn.relu(tf.nn.max_pool2d(units, pool, pool, "VALID"))
        units = tf.reshape(units, (tf.shape(maps)[0], last.shape[1], heads, filters))
        return tf.einsum("npmf,mpf->nm", units, last) + offset
