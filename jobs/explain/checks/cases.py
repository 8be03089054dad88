"""What the checks work on: images in their views, with the model that is explained for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.common.types import Array, Bools
from jobs.explain.checks.localisation import Marked
from jobs.explain.method import Method
from jobs.explain.target import ExplainedModel

TOWARDS_SICK: Mapping[str, Mapping[str, Any]] = {
    "deep_taylor": {"towards": "sick"},
    "lrp": {"towards": "sick"},
}
"""Options of methods that would otherwise explain healthy where the logit is below 0."""


@dataclass(frozen=True)
class Case:
    """An image in its untouched view.

    Attributes:
        image_id: the image's.
        patient: the patient's 16 hex digits.
        sick: whether it is of the sick class.
        projection: CC, MLO or FB.
        view: (rows, columns) float32 in [-1, 1].
        breast: (rows, columns) bool: the view's pixels that are breast.
        places: (h, w) bool, of a local head's model: the places inside the breast; else None.
        lesions: (rows, columns) bool: what contours enclose.
        kinds: of the contours, sorted; () where nothing is drawn.
    """

    image_id: str
    patient: str
    sick: bool
    projection: str
    view: Array
    breast: Bools
    places: Bools | None
    lesions: Bools
    kinds: tuple[str, ...]

    @property
    def marked(self) -> Marked | None:
        """The image with its contours; None where nothing is drawn, or all of it lies outside."""
        if not (self.lesions & self.breast).any():
            return None
        return Marked(
            self.image_id, self.patient, self.sick, self.kinds, self.lesions, self.breast
        )


def explain_case(method: Method, target: ExplainedModel, case: Case) -> Array:
    """A method's map of sick: (rows, columns) float32."""
    view = case.view[np.newaxis, ..., np.newaxis]
    return method.explain(target, view, **TOWARDS_SICK.get(method.name, {}))
