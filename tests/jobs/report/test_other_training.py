"""What another run's models or images taught is said where the training is."""

import dataclasses
from typing import Any

import pytest

from jobs.report.card_facts import list_facts
from jobs.report.other_training import describe_other_training
from jobs.report.page import ReportInputs, build_context
from jobs.report.render import render

JOINED = {
    **{"run": "films", "images": 300, "patients": 160, "sick": 140},
    **{"views": 1000, "sick_views": 1000},
}
SENTENCE = (
    "The network was trained on the release of the run films, too: real mammograms, 300 images "
    "(140 sick) of 160 patients."
)


def noted(inputs: ReportInputs, **notes: Any) -> ReportInputs:
    """The inputs of models with these notes, too."""
    models = {
        name: dataclasses.replace(manifest, notes={**manifest.notes, **notes})
        for name, manifest in inputs.models.items()
    }
    return dataclasses.replace(inputs, models=models)


@pytest.mark.parametrize(
    ("notes", "sentence"),
    [
        ({}, ""),
        ({"start_from": "a/fold0"}, "The models began with those of the run a."),
        ({"joined": {**JOINED, "synthetic": False}}, SENTENCE),
        ({"joined": {**JOINED, "synthetic": True}}, SENTENCE.replace("real", "synthetic")),
        ({"joined": {**JOINED, "synthetic": None}}, SENTENCE.replace("real ", "")),
    ],
)
def test_a_sentence_for_each_run(notes: dict[str, Any], sentence: str):
    """Nothing where there is none."""
    assert describe_other_training(notes) == sentence


def test_the_report_and_the_card_say_so(inputs: ReportInputs):
    """Its own release is not all that such a model learnt from."""
    given = noted(inputs, start_from="a/all", joined={**JOINED, "synthetic": False})
    context = build_context(given)
    assert SENTENCE in render(context)
    facts = list_facts(given, context)
    assert facts["training"].endswith(f"The models began with those of the run a. {SENTENCE}")
    assert facts["differences"].startswith("Validation and test patients are of one release")
    assert facts["initialisation"].endswith("the head begins with that of another run.")
    assert "developed on two releases and evaluated on one" in facts["kind"]
    assert "within each release" in facts["imbalance"]


def test_sick_views_of_the_other_release_count(inputs: ReportInputs):
    """Probabilities are of the mixture of both."""
    own = build_context(inputs)["training_share"]
    both = build_context(noted(inputs, joined={**JOINED, "synthetic": False}))["training_share"]
    assert 0 < own < both < 1


def test_without_other_runs_nothing_is_said_of_them(inputs: ReportInputs):
    """The head is drawn by the seed."""
    facts = list_facts(inputs, build_context(inputs))
    assert facts["differences"].endswith("drawn alike.")
    assert facts["initialisation"].endswith("the head is drawn by seed (Glorot uniform).")
    assert "developed and evaluated on one release" in facts["kind"]
