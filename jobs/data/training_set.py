"""What one model of a study is trained on, and what it is validated on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jobs.config.names import fold_name
from jobs.config.study import Study
from jobs.data.dataset import Dataset, is_sick


@dataclass(frozen=True)
class TrainingSet:
    """The images that one model is trained and validated on.

    Attributes:
        name: the model's: fold0, fold1, ... or all.
        training: ids of the images that it is trained on.
        validation: ids of the images that it is validated on; none for `all`.
        sick: image id -> whether the image is of the sick class.
        held_out: image id -> the numbers of its views that are kept from training; by default
            none. Of such an image one of these is predicted, of any other view 0.
        joined: ids of another release's images that it is trained on, too.

    Examples:
        >>> from jobs.data import TrainingSet
        >>> sick = {"1": True, "2": False, "3": False}
        >>> TrainingSet("fold0", training=["1", "2"], validation=["3"], sick=sick).validation
        ['3']
    """

    name: str
    training: Sequence[str]
    validation: Sequence[str]
    sick: Mapping[str, bool]
    held_out: Mapping[str, frozenset[int]] = field(default_factory=dict)
    joined: Sequence[str] = ()

    def trains_on(self, image_id: str, view: int) -> bool:
        """Whether a view of a training image is trained on."""
        return view not in self.held_out.get(image_id, ())

    def predicted_view(self, image_id: str) -> int:
        """The number of the view that is predicted of an image: the untouched one, if it may be."""
        return min(self.held_out.get(image_id, (0,)))


def select_training_set(study: Study, dataset: Dataset, name: str) -> TrainingSet:
    """The training set of the model `name`: fold k validates on fold k and trains on the others."""
    folds = {fold_name(k): dataset.splits[fold_name(k)] for k in range(study.data.folds)}
    return TrainingSet(
        name=name,
        training=[one for fold, ids in folds.items() if fold != name for one in sorted(ids)],
        validation=sorted(folds.get(name, ())),
        sick={image.image_id: is_sick(study, image) for image in dataset.images},
    )
