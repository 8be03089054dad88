"""What a method of explanation is; `methods` has the table of all."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jobs.common.types import Array
from jobs.explain.target import ExplainedModel

Explain = Callable[..., Array]
"""(target, view, **options) -> map, see `Method.explain`."""


@dataclass(frozen=True)
class Method:
    """A method: where in a view the model's logit comes from.

    Attributes:
        name: as in `--methods`, and of its file.
        title: what a reader sees.
        source: the publication.
        signed: whether its values below 0 speak for healthy. Otherwise only their order and size
            count.
        compute: what computes a map.
        local: whether it is for local heads alone.
    """

    name: str
    title: str
    source: str
    signed: bool
    compute: Explain
    local: bool = False

    def applies(self, target: ExplainedModel) -> bool:
        """Whether the method is for this model."""
        return target.local or not self.local

    def explain(self, target: ExplainedModel, view: Array, **options: Any) -> Array:
        """The map of one view.

        Args:
            target: the model.
            view: (1, rows, columns, 1) float32 in [-1, 1].
            options: the method's own, by their names; its file says which there are.

        Returns:
            (rows, columns) float32, on the view; all finite.
        """
        return self.compute(target, view, **options)
