"""Figures as elements that a page can take in, the same bytes each time."""

import re
import xml.etree.ElementTree as ET

import pytest

from jobs.evaluation.study_metrics import compute_study_metrics
from jobs.plots.figures import make_figures
from jobs.plots.svg import TOKENS, to_svg


@pytest.fixture(scope="module")
def figures(predictions, models):
    """The figures of a study."""
    metrics = compute_study_metrics(predictions, models, seed=20, replicates=100)
    return make_figures(predictions, models, metrics)


@pytest.mark.parametrize("name", ["areas-image", "roc-test-breast", "categories"])
def test_the_same_figure_is_the_same_bytes(figures, name):
    """No date, no random id, no state of earlier figures."""
    first = to_svg(figures[name], name)
    to_svg(figures["calibration-image"], "another")
    assert to_svg(figures[name], name) == first


def test_a_figure_can_be_taken_into_a_page(figures):
    """It is one well-formed element with a label, with ids of its own, and styles nothing else."""
    element = to_svg(figures["roc-test-image"], "here")
    root = ET.fromstring(element)
    assert root.get("role") == "img" and "average" in root.get("aria-label")
    assert all(one.startswith("here-") for one in re.findall(r'\bid="([^"]+)"', element))
    references = re.findall(r'(?:url\(|xlink:href=")#([^")]+)', element)
    assert references and all(one.startswith("here-") for one in references)
    for unwanted in ("<style", "<metadata", "DejaVu", "<?xml"):
        assert unwanted not in element


def test_all_colours_are_the_pages(figures):
    """Every colour follows the page's scheme, light or dark, and has one to fall back on."""
    for name in ("areas-image", "roc-test-image", "categories", "calibration-image"):
        element = to_svg(figures[name], name)
        colours = set(re.findall(r"(?:fill|stroke): (#\w+)", element))
        assert not colours, name
        named = dict(re.findall(r"var\(--([\w-]+), (#\w+)\)", element))
        assert named and all(TOKENS[token] == colour for token, colour in named.items())
