"""What somebody meant who wrote a name that is not there."""

import pytest

from jobs.common.nearest import did_you_mean

COMMANDS = ["check", "prepare", "train", "report", "verify"]
OPTIONS = ["--help", "--root", "--run", "--release"]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("trian", COMMANDS, "train"),
        ("reprot", COMMANDS, "report"),
        ("--rot", OPTIONS, "--root"),
        ("-root", OPTIONS, "--root"),
        ("root", OPTIONS, "--root"),
    ],
)
def test_a_slip_of_the_pen(word: str, known: list[str], meant: str):
    """The nearest name is asked for, whatever dashes stand in front."""
    assert did_you_mean(word, known) == f"; did you mean {meant}?"


@pytest.mark.parametrize(("word", "known"), [("fly", COMMANDS), ("--fly", OPTIONS), ("x", [])])
def test_nothing_near(word: str, known: list[str]):
    """No suggestion is better than a wild one: two dashes bring no two options nearer."""
    assert did_you_mean(word, known) == ""
