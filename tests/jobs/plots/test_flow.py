"""The flow diagram: its boxes."""

import pytest

from jobs.plots.flow import FlowDisplay
from jobs.plots.svg import to_svg

COUNTS = {"images": 1404, "patients": 40}
SPLIT = {**COUNTS, "sick": {"images": 4, "patients": 2}, "healthy": {"images": 10, "patients": 9}}
FLOW = {
    "release": {"images": 1410, "patients": 41},
    "left_out": [{"reason": "cut off", "images": 5}, {"reason": "blank", "images": 1}],
    "studied": COUNTS,
    "folds": {**SPLIT, "number": 5},
    "test": SPLIT,
}


def test_all_steps_are_told():
    """From the release to the labels, with what was left out and why."""
    text = FlowDisplay.from_metrics(FLOW).alt_text()
    steps = (
        "Release: 1,410 images, 41 patients",
        "Left out: 6 images: 5: cut off, 1: blank",
        "Studied: 1,404 images, 40 patients",
        "5 folds: 1,404 images, 40 patients",
        "Test set: 1,404 images, 40 patients",
        "sick: 4 images, 2 patients",
        "healthy: 10 images, 9 patients",
    )
    assert [text.count(step) for step in steps] == [1, 1, 1, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("changes", "less"),
    [({"left_out": []}, "Left out"), ({"release": None, "left_out": []}, "Release")],
)
def test_steps_that_are_not_known_are_not_drawn(changes, less):
    """The diagram is lower by them, and can be drawn."""
    whole, part = FlowDisplay.from_metrics(FLOW), FlowDisplay.from_metrics({**FLOW, **changes})
    assert less not in part.alt_text() and part.size[1] < whole.size[1]
    assert less not in to_svg(part, "flow") and less in to_svg(whole, "flow")


def test_a_long_reason_is_cut():
    """It stays within its box."""
    left_out = [{"reason": "word " * 30, "images": 3}]
    text = FlowDisplay.from_metrics({**FLOW, "left_out": left_out}).alt_text()
    assert "word ...;" in text and "word " * 12 not in text
