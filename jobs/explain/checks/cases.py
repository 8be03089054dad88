"""What the checks work on: images in their views, with the model that is explained for each."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jobs.common.types import Array, Bools
from jobs.config.study import Study
from jobs.data.dataset import Dataset, Image, is_sick
from jobs.explain.checks.localisation import Marked
from jobs.explain.method import Method
from jobs.explain.request import Options
from jobs.explain.store import Explanation
from jobs.explain.target import ExplainedModel
from jobs.features.places import inside_breast
from jobs.model.shapes import Grid
from jobs.views.geometry import ViewGeometry
from jobs.views.places import breast_cover, contour_cover

if TYPE_CHECKING:
    from jobs.views.source import ReducedImage

_HALF = 0.5

Kept = Callable[[str], Explanation]
"""By an image's id, its maps as the stage wrote them."""

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
        return Marked(self.image_id, self.patient, self.sick, self.kinds, self.lesions, self.breast)


def explain_case(
    method: Method, target: ExplainedModel, case: Case, options: Options, kept: Kept | None = None
) -> Array:
    """A method's map of sick: (rows, columns) float32.

    Args:
        options: of the methods, as the maps were asked for.
        kept: the maps of this very model that were made before; they are not made again.
    """
    own, towards = options.get(method.name, {}), TOWARDS_SICK.get(method.name, {})
    if kept:
        explanation = kept(case.image_id)
        asked = own.get("towards", "decision")
        of_sick = asked == "sick" or (asked == "decision" and explanation.logit > 0)
        if method.name in explanation.maps and (of_sick or not towards):
            return explanation.maps[method.name]
    view = case.view[np.newaxis, ..., np.newaxis]
    return method.explain(target, view, **{**own, **towards})


def make_cases(study: Study, dataset: Dataset, images: Iterable[Image]) -> Iterator[Case]:
    """The cases of some images, in their order."""
    from jobs.views.batches import view_batches

    known = {image.image_id: image for image in dataset.images}
    wanted = ((image, [0]) for image in images)
    for batch in view_batches(study, dataset, wanted, None):
        views = np.array(batch.tensor)[..., 0]
        for name, view, reduced, geometry in zip(
            batch.views, views, batch.images, batch.geometries, strict=True
        ):
            yield make_case(study, dataset, known[name.image_id], view, reduced, geometry)


def make_case(
    study: Study,
    dataset: Dataset,
    image: Image,
    view: Array,
    reduced: "ReducedImage",
    geometry: ViewGeometry,
) -> Case:
    """The case of one image, from its untouched view.

    Args:
        view: (rows, columns) float32 in [-1, 1].
        reduced: what the view was made from.
        geometry: the view's.
    """
    pixels = Grid(geometry.size, 1, 0.5)  # each pixel is a place of its own
    covers = contour_cover(geometry, pixels, dataset.contours(image))
    breast = breast_cover(geometry, pixels, reduced.mask, reduced.cell) >= _HALF
    local = study.head.kind == "local"
    return Case(
        image_id=image.image_id,
        patient=image.patient,
        sick=is_sick(study, image),
        projection=image.view,
        view=view,
        breast=breast if breast.any() else np.ones_like(breast),
        places=inside_breast(reduced, geometry, study.model.layer) if local else None,
        lesions=np.any([cover >= _HALF for cover in covers.values()] or [breast & ~breast], axis=0),
        kinds=tuple(sorted(covers)),
    )
