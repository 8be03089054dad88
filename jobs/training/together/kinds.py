"""The kind of head of a study, on its features: what can be trained together, and what cannot."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from jobs.common.errors import ConfigError
from jobs.config.names import ALL
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import select_training_set
from jobs.features.places import PlaceFeatures
from jobs.features.store import Features, feature_files
from jobs.training.contour_labels import ContourLabels
from jobs.training.together.conv_heads import ConvHeads
from jobs.training.together.heads import Kind
from jobs.training.together.local_heads import LocalHeads


def require_together(study: Study) -> None:
    """Raises ConfigError for a study whose heads are not trained together."""
    for key, value, needed in (
        ("train.live", study.train.live, False),
        ("train.start_from", study.train.start_from, "none"),
        ("train.join", study.train.join, "none"),
        ("data.order", study.data.order, "split-first"),
        ("branches.calcifications", study.branches.calcifications, False),
    ):
        if value != needed:
            text = str(needed).lower() if isinstance(needed, bool) else needed
            raise ConfigError(f"{key} must be {text} here; got {value}")


@contextlib.contextmanager
def open_kind(study: Study, dataset: Dataset, folder: Path, *, contours: bool) -> Iterator[Kind]:
    """Opens the features that lie in a folder.

    Args:
        contours: whether any head has a loss of the places inside contours.
    """
    files = feature_files(folder, (image.image_id for image in dataset.images))
    if study.head.kind == "conv_pool":
        with Features(files) as maps:
            yield ConvHeads(study.head, maps)
        return
    with PlaceFeatures(files) as places:
        together = select_training_set(study, dataset, ALL)
        images = dataset.select(together.training)
        labels = ContourLabels(study, dataset, images, together.sick, places) if contours else None
        yield LocalHeads(study.seed, study.head, places, labels)
