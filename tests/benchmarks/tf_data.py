"""The study's augmentation in tf.data's own operations, without DALI."""

from collections.abc import Iterator, Sequence
from typing import Any

from jobs.config.sections import ViewsConfig
from jobs.model import tf_runtime
from jobs.views.source import ReducedImage


class Augmentation:
    """Random views by tf.data: crop, flip, contrast, brightness, noise; antialiased resizing."""

    def __init__(self, config: ViewsConfig) -> None:
        self._tf, self._config = tf_runtime.start(), config

    def batches(
        self, sources: Sequence[tuple[ReducedImage, float]], counts: Sequence[int], batch: int
    ) -> Any:
        """A dataset of ((batch, rows, columns, 1) float32 in [-1, 1], labels).

        Args:
            sources: each image's region and label; pixels (h, w, 1) uint16.
            counts: how many views of each.
        """
        tf = self._tf

        def regions() -> Iterator[tuple[Any, ...]]:
            for (source, label), count in zip(sources, counts, strict=True):
                yield source.pixels, *source.window, label, count

        scalar, whole = tf.TensorSpec((), tf.float32), tf.TensorSpec((), tf.int64)
        signature = (tf.TensorSpec((None, None, 1), tf.uint16), scalar, scalar, scalar, whole)
        images = tf.data.Dataset.from_generator(regions, output_signature=signature)
        return (
            images.flat_map(lambda *image: _repeat(tf, *image))
            .map(self._view, num_parallel_calls=tf.data.AUTOTUNE)
            .batch(batch)
            .prefetch(tf.data.AUTOTUNE)
        )

    def untouched(self, source: ReducedImage) -> Any:
        """The view without augmentation: (rows, columns, 1) float32 in [-1, 1]."""
        return self._fit(source.pixels, *source.window) * 2 - 1

    def _view(self, region: Any, low: Any, high: Any, label: Any) -> tuple[Any, Any]:
        tf, config = self._tf, self._config
        shape = tf.cast(tf.shape(region)[:2], tf.float32)
        cut = tf.random.uniform((2, 2), 0, config.crop, seed=1)
        start = tf.cast(cut[0] * shape, tf.int32)
        size = tf.cast((1 - cut[0] - cut[1]) * shape, tf.int32)
        view = tf.image.crop_to_bounding_box(region, start[0], start[1], size[0], size[1])
        view = tf.image.random_flip_left_right(self._fit(view, low, high), seed=1)
        contrast = tf.random.uniform((), 1 - config.contrast, 1 + config.contrast, seed=1)
        shift = tf.random.uniform((), -config.brightness, config.brightness, seed=1)
        noise = tf.random.normal((*config.size, 1), seed=1)
        noise *= tf.random.uniform((), 0, config.noise, seed=1)
        view = (view - 0.5) * contrast + 0.5 + shift + noise
        return tf.clip_by_value(view, 0.0, 1.0) * 2 - 1, label

    def _fit(self, view: Any, low: Any, high: Any) -> Any:
        tf = self._tf
        dark = tf.maximum(tf.cast(view, tf.float32) - low, 0.0)
        fitted = tf.image.resize_with_pad(dark, *self._config.size, antialias=True)
        return tf.clip_by_value(fitted / (high - low), 0.0, 1.0)


def _repeat(tf: Any, *image: Any) -> Any:
    """An image as often as it has views; it is handed over once."""
    return tf.data.Dataset.from_tensors(image[:-1]).repeat(image[-1])
