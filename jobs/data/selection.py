"""The images that a study uses: those of the projections that it selects."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from jobs.common.errors import ConfigError
from jobs.config.study import Study
from mammo_tfds.release.release import is_sick


class Projected(Protocol):
    """An image by its projection: CC, MLO or FB."""

    @property
    def view(self) -> str: ...


class Located(Projected, Protocol):
    """An image that a split has."""

    @property
    def image_id(self) -> str: ...
    @property
    def birads(self) -> str: ...


def is_used(study: Study, image: Projected) -> bool:
    """Whether a study uses an image, by `views.select`; one from below (FB) is of neither kind."""
    return study.views.select in ("all", image.view.lower())


def select_splits(
    study: Study, images: Iterable[Located], splits: Mapping[str, Iterable[str]]
) -> Mapping[str, tuple[str, ...]]:
    """The ids of each split that the study uses, in their order.

    Raises:
        ConfigError: a split is left without an image of a class.
    """
    if study.views.select == "all":
        return {split: tuple(ids) for split, ids in splits.items()}
    used = {image.image_id: image.birads for image in images if is_used(study, image)}
    selected = {split: tuple(one for one in ids if one in used) for split, ids in splits.items()}
    for split, ids in selected.items():
        classes = {is_sick(used[one], study.data.sick) for one in ids}
        for label, word in ((False, "healthy"), (True, "sick")):
            if label not in classes:
                raise ConfigError(
                    f"views.select must leave each split a healthy and a sick image; got "
                    f"{study.views.select}, which leaves {split} no {word} one: set it to all, or "
                    "data.folds lower"
                )
    return selected
