"""The images that a study uses."""

from dataclasses import dataclass

import pytest

from jobs.common.errors import ConfigError
from jobs.config.sections import ViewsConfig
from jobs.config.study import Study
from jobs.data.selection import is_used, select_splits


@dataclass(frozen=True)
class Seen:
    image_id: str
    view: str
    birads: str


IMAGES = [
    Seen("1", "CC", "1"),
    Seen("2", "MLO", "1"),
    Seen("3", "CC", "5"),
    Seen("4", "MLO", "4a"),
    Seen("5", "FB", "1"),
]


def study_of(select: str) -> Study:
    return Study(views=ViewsConfig(select=select))


@pytest.mark.parametrize(("select", "ids"), [("all", "12345"), ("cc", "13"), ("mlo", "24")])
def test_the_images_of_a_projection(select: str, ids: str):
    """All, or those of one projection; one from below (FB) is of neither."""
    assert [one.image_id for one in IMAGES if is_used(study_of(select), one)] == list(ids)
    assert select_splits(study_of(select), IMAGES, {"test": tuple("12345")}) == {"test": tuple(ids)}


@pytest.mark.parametrize(("lost", "word"), [("1", "healthy"), ("3", "sick")])
def test_a_split_without_a_class(lost: str, word: str):
    """It is an error of the configuration, which names the split, the class and what to do."""
    splits = {"test": tuple("1234"), "fold0": tuple(sorted(set("1234") - {lost}))}
    rule = f"views.select must .*; got cc, which leaves fold0 no {word} one: set it to all"
    with pytest.raises(ConfigError, match=rule):
        select_splits(study_of("cc"), IMAGES, splits)
    assert select_splits(study_of("all"), IMAGES, splits) == splits
