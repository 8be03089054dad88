"""Several trained models of one run on the same views: the base computes once for all of them."""

from collections.abc import Sequence

import numpy as np

from jobs.artifacts.run import Run
from jobs.common.types import Array, Bools, Tensor
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.local_classifier import LocalClassifier
from jobs.model.trained import TrainedModel, load_trained


class ModelGroup:
    """Models of one run.

    Attributes:
        study: the configuration that they were trained in.
        names: fold0, fold1, ... or all, in the order of what the methods return.

    Examples:
        >>> from jobs.artifacts.run import open_run
        >>> group = load_group(open_run(root, "first"), ["fold0", "fold1"])  # root: a Path
        >>> group.logits(np.zeros((1, *group.study.views.size, 1), np.float32)).shape
        (2, 1)
    """

    def __init__(self, names: Sequence[str], models: Sequence[TrainedModel]) -> None:
        self.names, self._models = tuple(names), tuple(models)
        self.study: Study = models[0].study

    @property
    def is_local(self) -> bool:
        """Whether the models have a local head, which takes the places inside the breast."""
        return isinstance(self._models[0].classifier, LocalClassifier)

    @property
    def gpu(self) -> int | None:
        """The number of the GPU that takes the views; None is the CPU."""
        extractor = self._models[0].extractor
        return extractor.gpu if extractor else tf_runtime.gpu()

    def logits(self, views: Tensor, breast: Bools | None = None) -> Array:
        """Each model's logit of each view: (models, n) float32; arguments as `TrainedModel`'s."""
        return self.logits_of_features(self.features(views), breast)

    def features(self, views: Tensor) -> Tensor:
        """What all of the models take: the base's features, or without a common base the views."""
        extractor = self._models[0].extractor
        return extractor.features(views) if extractor else tf_runtime.tensor(views).numpy()

    def logits_of_features(self, features: Tensor, breast: Bools | None = None) -> Array:
        """As `logits`, of what `features` returns."""
        return np.stack([each.logits_of_features(features, breast) for each in self._models])

    def place_logits(self, features: Tensor, breast: Bools) -> Array:
        """A local head's logit at each place inside the breast, the models' mean: (places,)."""
        inside = np.asarray(features)[breast]
        lengths = breast.sum(axis=(1, 2), dtype=np.int32)
        inputs = tf_runtime.tensor(inside), tf_runtime.tensor(lengths)
        return np.mean([each.place_logits_of_inputs([inputs]) for each in self._models], axis=0)


def load_group(run: Run, names: Sequence[str]) -> ModelGroup:
    """Some models of a run, with the weights of their test figures; errors as `load_trained`'s."""
    models = [load_trained(run, names[0])]
    for name in names[1:]:
        models.append(load_trained(run, name, extractor=models[0].extractor))
    return ModelGroup(names, models)
