"""The kind of head of a study, on its features: what can be trained together, and what cannot."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from jobs.common.errors import ConfigError
from jobs.config.names import fold_name
from jobs.config.study import Study
from jobs.data.dataset import Dataset, is_sick
from jobs.data.training_set import TrainingSet
from jobs.features.places import PlaceFeatures
from jobs.features.store import Features
from jobs.training.contour_labels import ContourLabels
from jobs.training.together.conv_heads import ConvHeads
from jobs.training.together.heads import Kind
from jobs.training.together.local_heads import LocalHeads


def require_together(study: Study) -> None:
    """Raises ConfigError for a study whose heads are not trained together."""
    for key, value, needed in (
        ("train.live", study.train.live, False),
        ("train.start_from", study.train.start_from, "none"),
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
    ids = [image.image_id for image in dataset.images]
    if study.head.kind == "conv_pool":
        with Features(folder, ids) as maps:
            yield ConvHeads(study.head, maps)
        return
    with PlaceFeatures(folder, ids) as places:
        sick = {image.image_id: is_sick(study, image) for image in dataset.images}
        folds = (dataset.splits[fold_name(k)] for k in range(study.data.folds))
        together = TrainingSet("all", [one for fold in folds for one in fold], (), sick)
        labels = ContourLabels(study, dataset, together, places) if contours else None
        yield LocalHeads(study.seed, study.head, places, labels)
