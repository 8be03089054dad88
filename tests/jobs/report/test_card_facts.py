"""What a run knows of itself, in sentences."""

import dataclasses

import pytest

from jobs.report.card_facts import list_facts
from jobs.report.checklists import CHECKLISTS
from jobs.report.page import build_context


@pytest.fixture
def facts_of(inputs):
    """The facts of a page's inputs, with other metrics."""

    def facts(**metrics):
        given = dataclasses.replace(inputs, metrics={**inputs.metrics, **metrics})
        return list_facts(given, build_context(given))

    return facts


def test_checklists_name_facts_that_there_are(facts_of):
    """A name that nobody answers would be a blank for ever; a fact that nobody names is no use."""
    named = {name for each in CHECKLISTS for item in each.items for name in item.facts}
    assert named <= facts_of().keys()


def test_a_release_that_is_not_known(facts_of, inputs):
    """Without the dataset's manifest, where the data come from and who was left out are blanks."""
    flow = {**inputs.metrics["flow"], "release": None}
    facts = facts_of(synthetic=None, flow=flow)
    assert facts["data"] == facts["eligibility"] == ""
    assert "real" in facts_of(synthetic=False)["data"]


def test_who_was_left_out(facts_of, inputs):
    """Each reason with its number of images."""
    flow = {
        **inputs.metrics["flow"],
        "release": {"images": 9, "patients": 4},
        "left_out": [{"reason": "not readable", "images": 2}],
    }
    assert facts_of(flow=flow)["eligibility"] == (
        "The release had 9 images of 4 patients. Left out: not readable (2)."
    )
