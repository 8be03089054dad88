"""Cautions in words."""

import json

import pytest

from jobs.report.cautions import say_cautions


@pytest.fixture(scope="module")
def cautions(reported):
    """Those of the reported run."""
    return json.loads((reported / "evaluation" / "metrics.json").read_text())["cautions"]


def test_each_is_said_once_under_its_heading(cautions):
    """Noticed, not noticed, or not to be told."""
    for noticed, heading in ((True, "noticed"), (False, "not_noticed"), (None, "unknown")):
        said = say_cautions([{**caution, "noticed": noticed} for caution in cautions])
        assert [len(said[heading]), sum(map(len, said.values()))] == [len(cautions)] * 2


def test_each_names_its_rule_and_what_was_measured(cautions):
    """A limit or a source, and numbers."""
    for text in say_cautions([{**caution, "noticed": True} for caution in cautions])["noticed"]:
        assert text.rule.startswith("Noticed ")
        assert any(letter.isdigit() for letter in text.sentence), text.title


def test_what_cannot_be_told_says_why(cautions):
    """A fold with few patients has a spread that may be chance: both are said."""
    folds = {"name": "folds", "noticed": None, "measured": {"least": 0.56, "most": 0.93}}
    (said,) = say_cautions([folds])["unknown"]
    assert said.untold.startswith("The folds' AUCs lie between 0.56 and 0.93.")
    tellable = [caution for caution in cautions if caution["name"] != "small"]
    unknown = say_cautions([{**caution, "noticed": None} for caution in tellable])["unknown"]
    assert all(text.untold for text in unknown)


def test_the_words_of_what_was_measured():
    """Numbers as in the tables, negative ones with a minus sign."""
    figure = {"value": -0.5, "low": -1.25, "high": 0.1, "reason": None}
    few = {"value": 0.4, "low": None, "high": None, "reason": "few patients"}
    folds = {"least": 0.5, "most": 0.9, "q": 12.34, "degrees": 4, "p": 0.0151, "limit": 0.05}
    said = say_cautions(
        [
            {
                "name": "calibration",
                "noticed": True,
                "measured": {"intercept": figure, "slope": few},
            },
            {"name": "folds", "noticed": True, "measured": folds},
        ]
    )["noticed"]
    minus = "\N{MINUS SIGN}"
    assert f"intercept is {minus}0.50 ({minus}1.25 to 0.10)" in said[0].sentence
    assert "slope 0.40 (no interval: few patients)" in said[0].sentence
    assert "between 0.50 and 0.90: Cochran's Q is 12.3 with 4 degrees" in said[1].sentence
    assert "p = 0.015" in said[1].sentence
