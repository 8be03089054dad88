"""Figures hold the numbers that they draw, and draw the same bytes each time."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from jobs.evaluation import metrics
from jobs.evaluation.predictions import select
from jobs.plots import figures
from jobs.plots.svg import TOKENS, svg


@pytest.fixture(scope="module")
def measured(predictions, models):
    return metrics.evaluate(predictions, models, seed=20, replicates=100)


@pytest.fixture(scope="module")
def drawn(predictions, models, measured):
    return figures.figures_of(predictions, models, measured)


def test_all_levels_are_drawn(drawn):
    """Areas, both ROC figures and calibration at each level, and one of the categories."""
    kinds = ("areas", "roc-out-of-fold", "roc-test", "calibration")
    levels = ("image", "breast", "patient")
    assert set(drawn) == {f"{kind}-{level}" for kind in kinds for level in levels} | {"categories"}


def test_curves_and_figures_agree(drawn, measured):
    """A ROC figure's areas are those of metrics.json."""
    for level, found in measured["levels"].items():
        for curve in drawn[f"roc-out-of-fold-{level}"].folds:
            area = found["out_of_fold"][curve.name]["figures"]["auc"]["value"]
            assert curve.auc == pytest.approx(area)
        test = drawn[f"roc-test-{level}"]
        assert test.beside.auc == pytest.approx(found["test"]["all"]["figures"]["auc"]["value"])
        assert test.mean_auc == pytest.approx(found["test"]["mean"]["figures"]["auc"]["value"])


def test_a_forest_has_a_row_for_each_model_and_each_summary(drawn):
    """Fold models in order, then what sums them up, which stands out."""
    (_, out_of_fold), (_, test) = drawn["areas-image"].groups
    names = ["fold 0", "fold 1", "fold 2", "mean of folds"]
    assert [row.name for row in out_of_fold] == [*names, "pooled"]
    assert [row.name for row in test] == [*names, "all-data model"]
    assert [row.summary for row in test] == [False, False, False, True, True]


def test_a_forest_says_why_there_is_no_interval(drawn, measured):
    """Beside the area, in the picture and in the words; a row without one moves no axis."""
    figure = drawn["areas-image"]
    (_, out_of_fold), (_, test) = figure.groups
    assert [row.reason for row in out_of_fold] == ["few patients"] * 3 + [None] * 2
    assert f"Test set, all-data model: {test[-1].value:.2f}, few patients" in figure.says()
    alone = figures.Forest((("Test set", test),))
    assert svg(alone, "alone").startswith("<svg")


def test_folds_are_in_their_order_beyond_ten(measured):
    """fold10 comes after fold2, also from a metrics.json whose keys are sorted."""
    part = measured["levels"]["image"]["out_of_fold"]
    level = {
        "out_of_fold": {"fold10": part["fold0"], "fold2": part["fold1"], "mean": part["mean"]},
        "test": measured["levels"]["image"]["test"],
    }
    (_, rows), _ = figures.Forest.of(level).groups
    assert [row.name for row in rows] == ["fold 2", "fold 10", "mean of folds"]


def test_categories_hold_every_image_once(drawn, predictions):
    """Out of fold each image has one prediction; categories are in their order."""
    figure = drawn["categories"]
    held_out = select(predictions, weights="last", split="validation")
    assert sum(len(values) for _, _, values in figure.groups) == len(held_out)
    names = [birads for birads, _, _ in figure.groups]
    assert names == sorted(names)
    assert {birads for birads, sick, _ in figure.groups if sick} <= {"4a", "4b", "4c", "5", "6"}


@pytest.mark.parametrize("name", ["areas-image", "roc-test-breast", "categories"])
def test_the_same_figure_is_the_same_bytes(drawn, name):
    """No date, no random id, no state of earlier figures."""
    first = svg(drawn[name], name)
    svg(drawn["calibration-image"], "another")
    assert svg(drawn[name], name) == first


def test_a_figure_can_be_taken_into_a_page(drawn):
    """It is one well-formed element with a label, with ids of its own, and styles nothing else."""
    element = svg(drawn["roc-test-image"], "here")
    root = ET.fromstring(element)
    assert root.get("role") == "img" and "mean area" in root.get("aria-label")
    assert all(one.startswith("here-") for one in re.findall(r'\bid="([^"]+)"', element))
    references = re.findall(r'(?:url\(|xlink:href=")#([^")]+)', element)
    assert references and all(one.startswith("here-") for one in references)
    for unwanted in ("<style", "<metadata", "DejaVu", "<?xml"):
        assert unwanted not in element


def test_all_colours_are_the_pages(drawn):
    """Every colour follows the page's scheme, light or dark, and has one to fall back on."""
    for name in ("areas-image", "roc-test-image", "categories", "calibration-image"):
        element = svg(drawn[name], name)
        colours = set(re.findall(r"(?:fill|stroke): (#\w+)", element))
        assert not colours, name
        named = dict(re.findall(r"var\(--([\w-]+), (#\w+)\)", element))
        assert named and all(TOKENS[token] == colour for token, colour in named.items())


def test_what_a_figure_says_has_its_numbers(drawn, measured):
    """The text for those who do not see it names the medians, the shares, the areas."""
    pooled = measured["levels"]["image"]["out_of_fold"]["pooled"]["figures"]["auc"]["value"]
    assert f"Out of fold, pooled: {pooled:.2f}" in drawn["areas-image"].says()
    birads, _, values = drawn["categories"].groups[0]
    assert f"{birads}: {np.median(values):.2f}" in drawn["categories"].says()
    assert drawn["calibration-image"].says().count(" against ") >= metrics.CALIBRATION_BINS
