"""A trained model, ready to use: views in, logits out, and what lies between.

Prediction, explanation and search begin here. `mammo train` predicts through it, too, from stored
features.
"""

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import QUANTISED_MODEL, weights_file
from jobs.artifacts.manifest import require
from jobs.artifacts.run import Run
from jobs.common.errors import DataError
from jobs.common.types import Array, Bools, Floats, Tensor
from jobs.config.names import ALL, BEST, LAST
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.base import read_base, split_base
from jobs.model.checkpoint import require_checkpoint
from jobs.model.classifier import (
    AnyClassifier,
    feature_classifier,
    trained_network,
    view_classifier,
)
from jobs.model.extractor import FeatureExtractor, make_extractor
from jobs.model.graph import INPUT, Mean, Network, Node, join
from jobs.model.heads.conv_pool import head_network
from jobs.model.heads.local import image_network, local_network
from jobs.model.local_classifier import LocalClassifier, local_classifier
from jobs.model.shapes import feature_shape

BASE = "base"
"""The note in a model's manifest that says what it computes features with."""


class TrainedModel:
    """A classifier with its weights.

    Attributes:
        study: the configuration that it was trained in.
        classifier: the network, and what it takes: views, or the extractor's features.

    Examples:
        >>> from jobs.artifacts.run import open_run
        >>> model = load_trained(open_run(root, "first"), "fold0")  # root: a Path
        >>> views = np.zeros((2, *model.study.views.size, 1), np.float32)
        >>> model.logits(views).shape, model.feature_maps(views).ndim
        ((2,), 4)
        >>> model.network()[-1].name
        'logit'
    """

    def __init__(
        self,
        study: Study,
        classifier: AnyClassifier,
        checkpoint: Path | None = None,
        extractor: FeatureExtractor | None = None,
    ) -> None:
        """`checkpoint` and `extractor` are needed to go from views to features, or to `network`.

        A network from scratch has neither.
        """
        tf = tf_runtime.start()
        self.study, self.classifier = study, classifier
        self._checkpoint, self._extractor = checkpoint, extractor
        self._logits = tf.function(
            classifier.logits, input_signature=[classifier.input_spec], autograph=False
        )

    @property
    def extractor(self) -> FeatureExtractor | None:
        """What makes features of views; None of a model that takes views themselves."""
        return self._extractor

    def logits(self, views: Tensor, breast: Bools | None = None) -> Array:
        """The logit of sick of each view.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1], as the study's `views` make them: of
                `views.size`, or with `views.frame` breast of an image's own.
            breast: (n, h, w) bool, for a local head: the places of the features inside the breast,
                at least one of each view.

        Returns:
            (n,) float32.
        """
        return self.logits_of_features(self._features(views), breast)

    def logits_of_features(self, features: Tensor, breast: Bools | None = None) -> Array:
        """The same, of what the extractor makes of the views; without one, of the views."""
        return self._logits(self._inputs(features, breast)).numpy()

    def probabilities(self, views: Tensor, breast: Bools | None = None) -> Floats:
        """The probability of sick of each view: (n,) float64 in [0, 1]; arguments as `logits`."""
        return sigmoid(self.logits(views, breast))

    def feature_maps(self, views: Tensor) -> Array:
        """What the head takes of each view: (n, h, w, channels); arguments as `logits`.

        Of a local head they are of all places, in the breast or not.
        """
        features = self._features(views)
        if isinstance(self.classifier, LocalClassifier):
            return np.asarray(features)
        inputs = tf_runtime.tensor(features)
        return self._to_head(self.classifier.frozen(inputs)).numpy()

    def place_logits_of_inputs(self, batches: Iterable[Tensor]) -> Array:
        """A local head's logit at each place, batch by batch: (rows,) float32."""
        assert isinstance(self.classifier, LocalClassifier)
        return np.concatenate([self.classifier.place_logits(each).numpy() for each in batches])

    def logits_of_inputs(self, batches: Iterable[Tensor]) -> Array:
        """The logits of what the classifier takes, batch by batch: (n,) float32."""
        return np.concatenate([self._logits(batch).numpy() for batch in batches])

    def network(self, breast: Bools | None = None) -> Network:
        """All of the model as plain operations: views (n, rows, columns, 1) -> logits (n, 1, 1, 1).

        Args:
            breast: (h, w) bool, for a local head: the places inside the breast, those of all views
                alike. Without it the logits are those of all places, (n, h, w, 1), the members'
                means; an image's own is the mean of the highest of each member, inside the breast.

        It computes in float32. The model itself may have its features rounded (`model.stored`), or
        made in another precision (`model.precision`): its logits then differ by that rounding.
        """
        return join(*self.parts(breast))

    def parts(self, breast: Bools | None = None) -> tuple[Network, Network]:
        """The same in two: what all models of the run share, and what was trained of this one.

        Where the run stores features, they are the first one's output. Either may be empty.

        Args:
            breast: as in `network`.
        """
        # The weights of what was trained are the classifier's: any model's name will do.
        base = read_base(self.study, ALL, self._checkpoint)
        if isinstance(self.classifier, LocalClassifier):
            if breast is None:
                return base, local_network(self.head)
            return base, image_network(self.head, breast, self.study.head.top)
        fixed, unfrozen = split_base(self.study, base)
        average = self.study.model.pooling == "average"
        pooling = (Node("pooling", (INPUT,), Mean()),) if average else ()
        if not unfrozen:
            return join(fixed, pooling), head_network(self.head)
        learnt = trained_network(unfrozen, self.classifier.trained)
        return fixed, functools.reduce(join, (learnt, pooling, head_network(self.head)))

    @property
    def tracings(self) -> int:
        """How often TensorFlow has traced the network for predictions: once is enough."""
        return self._logits.experimental_get_tracing_count()

    def set_weights(self, weights: list[Array]) -> None:
        """Sets the weights of what was trained, in Keras's order."""
        self.classifier.trained.set_weights(weights)

    def _features(self, views: Tensor) -> Tensor:
        return self._extractor.features(views) if self._extractor else views

    def _inputs(self, features: Tensor, breast: Bools | None) -> Tensor:
        """What the classifier takes."""
        if not isinstance(self.classifier, LocalClassifier):
            return tf_runtime.tensor(features)
        if breast is None:
            raise ValueError("a local head needs the places inside the breast: give `breast`")
        lengths = breast.sum(axis=(1, 2), dtype=np.int32)
        return tf_runtime.tensor(np.asarray(features)[breast]), tf_runtime.tensor(lengths)

    @property
    def head(self) -> tf_runtime.Model:
        """The head as a Keras model: (n, h, w, channels) float32 -> the logit of sick, (n,).

        Of a local head: (places, channels) float32 -> the members' logits, (places, members).
        """
        trained = self.classifier.trained
        return trained if trained.name == "head" else trained.get_layer("head")

    @functools.cached_property
    def _to_head(self) -> tf_runtime.Model:
        """From what `trained` takes to what its head takes."""
        trained = self.classifier.trained
        if trained.name == "head":
            return lambda features: features
        return tf_runtime.start().keras.Model(trained.input, trained.get_layer("head").input)


def load_trained(
    run: Run, model: str, weights: str | None = None, extractor: FeatureExtractor | None = None
) -> TrainedModel:
    """A model of a run, with its weights.

    Args:
        model: fold0, fold1, ... or all.
        weights: best or last; by default those of the test figures: the best, of `all` the last.
        extractor: that of another model of the run, which has the same; by default a new one.

    Raises:
        MissingInputError: the model, its checkpoint or its quantised base is not there.
        DataError: a file of them is damaged, or the model has no such weights.
        ConfigError: this machine does not compute in the run's precision.

    Examples:
        >>> from jobs.artifacts.run import open_run
        >>> model = load_trained(open_run(root, "first"), "fold0")  # root: a Path
        >>> views = np.zeros((2, *model.study.views.size, 1), np.float32)
        >>> model.probabilities(views).shape
        (2,)
    """
    manifest = run.require_model(model)
    file = weights_file(weights or (LAST if model == ALL else BEST))
    if file not in manifest.files:
        there = ", ".join(name for name in manifest.files if name.endswith(".h5"))
        raise DataError(f"{model} of the run {run.folder.name} has no {file}; it has {there}")
    if BASE not in manifest.notes:
        raise DataError(
            f"{model} of the run {run.folder.name} was trained by an older mammo, which did not "
            f"note its base; remove {run.folder.model(model).folder} and train it again"
        )
    base, study = manifest.notes[BASE], run.study
    checkpoint = require_checkpoint(run.root, base["weights"]) if base["weights"] else None
    if study.train.live:
        network = read_base(study, model, checkpoint)
        trained = TrainedModel(study, view_classifier(study, model, network), checkpoint)
    else:
        assert checkpoint, "features are of Inception V3"
        extractor = extractor or _extractor(run, base, checkpoint)
        shape = feature_shape(study.views.size, study.model)
        classifier = (
            local_classifier(study, model, shape[-1])
            if study.head.kind == "local"
            else feature_classifier(study, model, shape)
        )
        trained = TrainedModel(study, classifier, checkpoint, extractor)
    trained.classifier.trained.load_weights(run.folder.model(model).folder / file)
    return trained


def _extractor(run: Run, base: Mapping[str, str], checkpoint: Path) -> FeatureExtractor:
    quantised = None
    if base["engine"]:
        location = run.root.engine(base["engine"])
        require(location)
        quantised = location.folder / QUANTISED_MODEL
    stored = run.study.model.stored
    return make_extractor(run.study, base["precision"], checkpoint, quantised, stored)


def sigmoid(logits: Array) -> Floats:
    """Probabilities of logits, in float64."""
    return 1 / (1 + np.exp(-logits.astype(np.float64)))
