"""Which images are explained."""

from types import SimpleNamespace

import pytest

from jobs.common.errors import UsageError
from jobs.config.names import TEST
from jobs.config.study import Study
from jobs.explain.subjects import choose_images

# Six sick images of three patients, the first of whom has four; two healthy ones of a fourth.
PATIENTS = {"1": "a", "2": "a", "3": "a", "4": "a", "5": "b", "6": "c", "7": "d", "8": "d"}
IMAGES = [
    SimpleNamespace(image_id=image_id, patient=patient, category="1" if patient == "d" else "5")
    for image_id, patient in PATIENTS.items()
]
DATASET = SimpleNamespace(images=IMAGES, splits={TEST: list(PATIENTS)})


@pytest.fixture(autouse=True)
def sick(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the category alone."""
    monkeypatch.setattr("jobs.explain.subjects.is_sick", lambda study, image: image.category == "5")


def chosen(count: int, *ids: str) -> str:
    images = choose_images(Study(), DATASET, ids, count)
    return "".join(image.image_id for image in images)


def test_half_are_sick_and_of_as_many_patients_as_there_are():
    """Checks are decided by patients: four images of one say no more than one."""
    assert chosen(2) == "17"
    assert chosen(4) == "1578"
    assert chosen(6) == "125678"  # there are no more healthy ones


def test_named_images_are_taken_as_they_are():
    """Each once; an unknown one is refused."""
    assert chosen(20, "4", "2", "4") == "24"
    with pytest.raises(UsageError, match="no image 9"):
        chosen(20, "9")
