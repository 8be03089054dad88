"""The study in plain Keras and tf.data, which ours is compared with.

Images are decoded and cut to the breast before any clock runs, and kept in memory: that favours
plain Keras.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image
from jobs.model import tf_runtime
from jobs.model.checkpoint import read_checkpoint
from jobs.model.inception_v3 import keras_model
from jobs.model.keras_files import layer_number
from jobs.views.parameters import view_count
from jobs.views.source import ImageReducer
from mammo_tfds.release.release import is_sick
from tests.benchmarks.measure import Time, measure
from tests.benchmarks.tf_data import Augmentation

BATCH = 16


class Plain:
    """Frozen InceptionV3 and the report's head, with `model.fit` and `model.predict`."""

    def __init__(self, dataset: Dataset, study: Study, checkpoint: Path) -> None:
        self._tf, self._study = tf_runtime.start(), study
        self._images = [image for image in dataset.images if image.split != TEST]
        maker = ImageReducer(study.views)
        self._regions = {
            image.image_id: maker.cut_region(dataset.pixels(image)) for image in self._images
        }
        self._augmentation = Augmentation(study.views)
        self._base = keras_model(study.model.layer, study.views.size)
        load_weights(self._base, checkpoint)
        self._base.trainable = False

    def fit_step(self, steps: int) -> Time:
        """One step of `model.fit` on the whole network, batches made by tf.data meanwhile."""
        model = self._tf.keras.Sequential([self._base, self._head()])
        self._compile(model)
        batches = self._views(self._images, self._study.train.batch).repeat()
        model.fit(batches, steps_per_epoch=2, verbose=0)
        return measure(lambda: model.fit(batches, steps_per_epoch=steps, verbose=0)).each(steps)

    def predict_view(self, images: int) -> Time:
        """One view through tf.data and `model.predict`: the mean over the first images' views."""
        self._features(self._images[:1])
        some = self._images[:images]
        count = sum(view_count(self._study, image) for image in some)
        return measure(lambda: self._features(some)).each(count)

    def head_epoch(self, views: int) -> Time:
        """An epoch of the head on the features of so many views, in memory."""
        shape = (views, *self._base.output_shape[1:])
        features = np.random.default_rng(0).random(shape, np.float32)
        labels = (np.arange(views) % 2).astype(np.float32)
        model, batch = self._head(), self._study.train.batch
        self._compile(model)
        model.fit(features[: 2 * batch], labels[: 2 * batch], batch_size=batch, verbose=0)
        return measure(lambda: model.fit(features, labels, batch_size=batch, verbose=0))

    def out_of_fold_auc(self) -> float:
        """The mean over folds of the AUC of the heads' last weights, on untouched images."""
        features = {image.image_id: self._features([image]) for image in self._images}
        sources = self._regions.items()
        untouched = {
            image_id: self._base.predict(
                np.repeat(self._augmentation.untouched(source), 3, axis=-1)[None], verbose=0
            )
            for image_id, source in sources
        }
        folds = sorted({image.split for image in self._images})
        return float(np.mean([self._fold_auc(fold, features, untouched) for fold in folds]))

    def _fold_auc(self, fold: str, features: dict[str, Any], untouched: dict[str, Any]) -> float:
        training = [image for image in self._images if image.split != fold]
        held_out = [image for image in self._images if image.split == fold]
        counts = [len(features[image.image_id]) for image in training]
        model = self._head()
        self._compile(model)
        model.fit(
            np.concatenate([features[image.image_id] for image in training]),
            np.repeat([self._label(image) for image in training], counts),
            batch_size=self._study.train.batch,
            epochs=self._study.train.epochs,
            verbose=0,
        )
        logits = [model.predict(untouched[image.image_id], verbose=0)[0, 0] for image in held_out]
        return float(roc_auc_score([self._label(image) for image in held_out], logits))

    def _features(self, images: Sequence[Image]) -> np.ndarray:
        return self._base.predict(self._views(images, BATCH).map(lambda view, _: view), verbose=0)

    def _views(self, images: Sequence[Image], batch: int) -> Any:
        """Augmented RGB views and labels of some images, in batches."""
        sources = [(self._regions[image.image_id], self._label(image)) for image in images]
        counts = [view_count(self._study, image) for image in images]
        views = self._augmentation.batches(sources, counts, batch)
        return views.map(lambda view, label: (self._tf.repeat(view, 3, axis=-1), label))

    def _label(self, image: Image) -> float:
        return float(is_sick(image.birads, self._study.data.sick))

    def _head(self) -> Any:
        keras, config = self._tf.keras, self._study.head
        keras.utils.set_random_seed(1)
        return keras.Sequential(
            [
                keras.Input(self._base.output_shape[1:]),
                keras.layers.Conv2D(config.filters, config.kernel, padding="same"),
                keras.layers.MaxPooling2D(config.pool),
                keras.layers.ReLU(),
                keras.layers.Flatten(),
                keras.layers.Dense(1),
            ]
        )

    def _compile(self, model: Any) -> None:
        keras = self._tf.keras
        optimizer = keras.optimizers.Adam(self._study.train.learning_rate)
        model.compile(optimizer, keras.losses.BinaryCrossentropy(from_logits=True))


def load_weights(model: Any, checkpoint: Path) -> None:
    """Sets a Keras Inception V3's weights from a checkpoint, in the order of creation."""
    layers = tf_runtime.start().keras.layers
    blocks = read_checkpoint(checkpoint)
    for kind, values in (
        (layers.Conv2D, [[block.kernel] for block in blocks]),
        (layers.BatchNormalization, [list(block.norm) for block in blocks]),
    ):
        found = (layer for layer in model.layers if isinstance(layer, kind))
        ordered = sorted(found, key=lambda layer: layer_number(layer.name))
        for layer, value in zip(ordered, values, strict=False):
            layer.set_weights(value)
