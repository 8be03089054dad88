"""A new image's untouched view, as a study's models take it."""

from dataclasses import dataclass

from jobs.common import resources
from jobs.common.types import Array, Bools, Tensor
from jobs.config.study import Study
from jobs.features.places import inside_breast
from jobs.views.dali import ViewMaker
from jobs.views.frame import framed
from jobs.views.geometry import ViewGeometry, view_geometry
from jobs.views.parameters import draw_parameters
from jobs.views.source import ImageReducer, ReducedImage


@dataclass(frozen=True)
class UntouchedView:
    """View 0 of an image.

    Attributes:
        tensor: a DALI tensor, (1, rows, columns, 1) float32 in [-1, 1].
        image: what it was made from.
        geometry: where its pixels lie in the image.
    """

    tensor: Tensor
    image: ReducedImage
    geometry: ViewGeometry

    def places(self, study: Study) -> Bools:
        """The places of the study's layer inside the breast: (1, h, w) bool."""
        return inside_breast(self.image, self.geometry, study.model.layer)[None]


class UntouchedViews:
    """Makes the views of images, one at a time."""

    def __init__(self, study: Study, gpu: int | None) -> None:
        """`gpu` is the number of the GPU to make them on; None is the CPU."""
        self._study = study
        self._reducer = ImageReducer(study.views)
        self._maker = ViewMaker(study.views, 1, resources.thread_count(), gpu)

    def make(self, pixels: Array) -> UntouchedView:
        """The view of an image: (H, W) uint16, larger is brighter."""
        study = self._study
        reduced = self._reducer.reduce(pixels)
        own = framed(study.views, reduced.pixels.shape[:2])
        untouched = draw_parameters(study.seed, "", 0, own)
        geometry = view_geometry(reduced.box, untouched, study.views)
        return UntouchedView(self._maker.make_tensor([reduced], [untouched]), reduced, geometry)
