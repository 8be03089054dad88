"""Probabilities by BI-RADS category."""

import numpy as np
import pytest

from jobs.evaluation.predictions import select
from jobs.plots.categories import CategoriesDisplay


@pytest.fixture(scope="module")
def held_out(predictions):
    """One prediction of each image outside the test set."""
    return select(predictions, weights="last", split="validation")


@pytest.fixture(scope="module")
def display(held_out):
    """Their categories."""
    return CategoriesDisplay.from_predictions(held_out, [0.6, 0.3, 0.5])


def test_every_image_is_in_one_category(display, held_out):
    """Categories are in order, and those of the sick are marked."""
    assert sum(len(values) for _, _, values in display.groups) == len(held_out)
    names = [birads for birads, _, _ in display.groups]
    assert names == sorted(names)
    assert {birads for birads, sick, _ in display.groups if sick} <= {"4a", "4b", "4c", "5", "6"}


def test_the_band_spans_all_thresholds(display):
    """From the lowest to the highest."""
    assert display.thresholds == (0.3, 0.6)


def test_the_alt_text_has_the_medians(display):
    """One for each category."""
    for birads, _, values in display.groups:
        assert f"{birads}: {np.median(values):.2f}" in display.alt_text()
