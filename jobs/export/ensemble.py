"""All models of a run, with the part that they share, as what an export is written from."""

from collections.abc import Mapping
from dataclasses import dataclass

from jobs.artifacts.run import Run
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.evaluation.predictions import weights_on_test
from jobs.model import tf_runtime
from jobs.model.graph import Network
from jobs.model.heads.local import member_network
from jobs.model.tensorflow_extractor import forward
from jobs.model.trained import TrainedModel, load_trained


@dataclass(frozen=True)
class Ensemble:
    """The models of a run, with the weights of the test figures.

    It computes the features in float32 and rounds them as the run stores them. A run whose
    features were made in another precision (`model.precision`) has them a little different.

    Attributes:
        shared: from views to what the models take: features, if the run stores them.
        models: by name: fold0, fold1, ..., all.
    """

    study: Study
    shared: Network
    models: Mapping[str, TrainedModel]

    @property
    def stored(self) -> str:
        """The dtype that the models' inputs are rounded to."""
        return "float32" if self.study.train.live else self.study.model.stored

    @property
    def local(self) -> bool:
        """Whether the places inside the breast are an input, too."""
        return self.study.head.kind == "local"

    def trained(self, model: str) -> Network:
        """From the features to one model's logit, (n, 1, 1, 1).

        Of a local head to its members' logits at each place: (n, h, w, members).
        """
        trained = self.models[model]
        return member_network(trained.head) if self.local else trained.parts()[1]

    def logits(self, views: Tensor, breast: Tensor | None = None) -> Tensor:
        """The logits of all models in TensorFlow: (n, models) float32.

        Args:
            views: (n, rows, columns, 1) float32.
            breast: (n, h, w) bool, of a local head.
        """
        tf = tf_runtime.start()
        if self.study.train.live:
            found = [each.classifier.logits(views) for each in self.models.values()]
            return tf.stack(found, axis=-1)
        inputs: Tensor = tf.cast(forward(self.shared, views), self.stored)
        if self.local:
            lengths = tf.reduce_sum(tf.cast(breast, tf.int32), axis=(1, 2))
            inputs = (tf.boolean_mask(inputs, breast), lengths)
        found = [each.classifier.logits(inputs) for each in self.models.values()]
        return tf.stack(found, axis=-1)


def load_ensemble(run: Run) -> Ensemble:
    """All models of a run, with the weights of the test figures.

    Raises:
        MissingInputError, DataError, ConfigError: as `load_trained`.
    """
    models = {
        model: load_trained(run, model, weights_on_test(model)) for model in run.study.models()
    }
    shared, _ = next(iter(models.values())).parts()
    return Ensemble(run.study, shared, models)
