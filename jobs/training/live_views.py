"""Views that are made as they are needed, from reduced images in shared memory."""

from collections.abc import Mapping, Sequence

from jobs.common import resources
from jobs.common.types import Tensor
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.training.distributed.replicas import Replicas
from jobs.views.dali import ViewMaker
from jobs.views.parameters import View, draw_parameters
from jobs.views.source import ReducedImage


class LiveViews:
    """Views as a model's inputs, made as they are needed.

    In each epoch an image has as many views as it has with stored features, and no view is
    repeated. View 0, the untouched image, is predicted and never trained on.
    """

    def __init__(
        self,
        study: Study,
        images: Mapping[str, ReducedImage],
        counts: Mapping[str, int],
        replicas: Replicas,
    ) -> None:
        """`counts` are the numbers of views of each image in an epoch."""
        self._study, self._images, self._counts = study, images, counts
        here = len(replicas.here)
        batch = -(-study.train.batch // replicas.count)
        threads = -(-resources.thread_count() // here)
        with_gpu = tf_runtime.gpu() is not None
        self._makers = {
            replica: ViewMaker(study.views, batch, threads, (replica or 0) if with_gpu else None)
            for replica in (*range(here), None)
        }

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        """New views of these images."""
        return [
            View(image_id, 1 + (epoch - 1) * self._counts[image_id] + number)
            for image_id in image_ids
            for number in range(self._counts[image_id])
        ]

    def load_step(
        self, views: Sequence[View], weights: Sequence[float], epoch: int, replica: int
    ) -> tuple[Tensor, Mapping[str, Tensor]]:
        """As `load`; no place has a label of its own."""
        return self.load(views, replica), {}

    def load(self, views: Sequence[View], replica: int | None) -> Tensor:
        """(n, rows, columns, 1) float32 in [-1, 1]: DALI's own memory, uncopied."""
        seed, config = self._study.seed, self._study.views
        tensor = self._makers[replica].make_tensor(
            [self._images[view.image_id] for view in views],
            [draw_parameters(seed, view.image_id, view.number, config) for view in views],
        )
        return tf_runtime.tensor(tensor)
