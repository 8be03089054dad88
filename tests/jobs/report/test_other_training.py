"""What another run's models or images taught is said where the training is."""

import dataclasses

import pytest

from jobs.config.sections import TrainConfig
from jobs.config.study import Study
from jobs.report.other_training import describe_other_training
from jobs.report.page import build_context
from jobs.report.render import render


@pytest.mark.parametrize(
    ("train", "sentence"),
    [
        (TrainConfig(), ""),
        (TrainConfig(start_from="a"), "The models began with those of the run a."),
        (
            TrainConfig(start_from="a", join="/x/runs/b"),
            "The models began with those of the run a. The models were trained on the images of "
            "the run b, too, but for its test set.",
        ),
    ],
)
def test_a_sentence_for_each_run(train: TrainConfig, sentence: str):
    """Nothing where there is none; of a path the run's name alone."""
    assert describe_other_training(Study(train=train)) == sentence


def test_the_report_says_so(inputs):
    """And shows no path."""
    train = dataclasses.replace(inputs.study.train, join="/x/runs/films")
    given = dataclasses.replace(inputs, study=dataclasses.replace(inputs.study, train=train))
    page = render(build_context(given))
    assert "trained on the images of the run films, too" in page
    assert "/x/runs" not in page
