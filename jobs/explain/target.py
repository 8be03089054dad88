"""What is explained: the logit of one model on one view, as a network of plain operations."""

import numpy as np

from jobs.common.types import Array, Bools, Tensor
from jobs.explain.compiled import CompiledNetwork, replace_places
from jobs.explain.forward import Forward, run_forward
from jobs.model import tf_runtime
from jobs.model.graph import Highest, Mean, Network, split_after
from jobs.model.heads.local import count_highest
from jobs.model.trained import TrainedModel

BLACK = -1.0
"""A black pixel of a view."""

_HEAD = ("head_convolution", "head_hidden")  # a head's first node, of one kind or the other


class ExplainedModel:
    """A model as a network whose output is the logit of sick, (n, 1, 1, 1).

    Attributes:
        network: of views (n, rows, columns, 1) float32 in [-1, 1]. A local head's has the places
            inside one image's breast, and is for views of that image alone.
    """

    def __init__(self, network: Network, compiled: CompiledNetwork | None = None) -> None:
        """`compiled` is that of a network which differs in a local head's places, if at all."""
        self.network = network
        self._compiled = compiled or CompiledNetwork(network, self.base)
        self._last: tuple[Array, Forward] | None = None

    @classmethod
    def of(cls, model: TrainedModel, breast: Bools | None = None) -> "ExplainedModel":
        """A trained model, in float32.

        Args:
            breast: (h, w) bool, for a local head alone: the places inside the breast.
        """
        return cls(model.network(breast))

    def at(self, breast: Bools | None, top: float) -> "ExplainedModel":
        """The same model for another image: of a local head, for other places.

        Args:
            breast: as in `of`; None where the head is not local.
            top: `head.top` of the study.
        """
        network = self.network
        if breast is not None:
            network = replace_places(network, breast, count_highest(breast, top))
        return ExplainedModel(network, self._compiled)

    @property
    def local(self) -> bool:
        """Whether its head keeps locality: the logit is a mean of places' logits."""
        return self.highest is not None

    @property
    def highest(self) -> Highest | None:
        """Which places a local head looks at."""
        found = (n.operation for n in self.network if isinstance(n.operation, Highest))
        return next(found, None)

    @property
    def features(self) -> str:
        """The name of the last node that has many places: the head, or an average, reads it."""
        ends = (n for n in self.network if n.name in _HEAD or isinstance(n.operation, Mean))
        (name,) = next(ends).inputs
        return name

    @property
    def base(self) -> Network:
        """The nodes up to `features`: of each, a place sees a part of the view."""
        return split_after(self.network, self.features)[0]

    @property
    def head(self) -> Network:
        """The nodes after `features`, whose input is that node's output."""
        return split_after(self.network, self.features)[1]

    def forward(self, view: Array) -> Forward:
        """What every node makes of a view, in its own dtype.

        That of the last view is kept, for all methods that explain it: so many times the memory of
        a view as its network has values for each pixel.

        Args:
            view: (1, rows, columns, 1).
        """
        kept = self._last
        if kept is None or kept[0].dtype != view.dtype or not np.array_equal(kept[0], view):
            kept = self._last = view.copy(), run_forward(self.network, view)
        return kept[1]

    def logits(self, views: Array | Tensor) -> Array:
        """The logit of each view: (n,) float32."""
        return self._compiled.logits(*self._arguments(views)).numpy()

    def feature_maps(self, views: Array | Tensor) -> Array:
        """What `features` has of each view: (n, h, w, channels) float32."""
        return self._compiled.features(*self._arguments(views)).numpy()

    def gradient(self, views: Array | Tensor) -> Array:
        """The gradient of each view's logit by its pixels: of the views' shape, float32."""
        return self._compiled.gradient(*self._arguments(views)).numpy()

    def _arguments(self, views: Array | Tensor) -> tuple[Tensor, Array, int]:
        highest = self.highest or Highest(np.zeros((1, 1), bool), 1)
        return tf_runtime.tensor(views), highest.places, highest.count
