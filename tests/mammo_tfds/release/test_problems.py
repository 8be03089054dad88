"""The problems of a release, and their log."""

import os
from pathlib import Path

import pytest

from mammo_tfds.release.problems import Problem, ProblemLog

RELEASE = Path("release")


@pytest.mark.parametrize(
    ("path", "line", "text"),
    [
        ("INbreast.csv", 14, "INbreast.csv:14: wrong"),
        ("AllXML/1.xml", None, "AllXML/1.xml: wrong"),
        ("", None, "wrong"),
    ],
)
def test_a_problem_reads_as_a_place_and_a_rule(path: str, line: int | None, text: str):
    """A problem is `file:line: message`, as a compiler writes it; the folder's own has no place."""
    assert str(Problem(path, line, "wrong", fatal=True)) == text


def test_problems_are_sorted():
    """Problems are sorted by file and line, with the folder's own first."""
    log = ProblemLog(RELEASE)
    log.fatal(RELEASE / "b", "no line")
    log.warning(RELEASE / "b", "late", 12)
    log.fatal(RELEASE / "b", "early", 3)
    log.fatal(RELEASE / "a", "another file")
    log.fatal(RELEASE, "the folder")
    assert [str(problem) for problem in log.sorted_problems()] == [
        "the folder",
        "a: another file",
        "b: no line",
        "b:3: early",
        "b:12: late",
    ]


def test_fatal_problems_and_warnings():
    """Only `fatal` makes a release unusable."""
    log = ProblemLog(RELEASE)
    log.fatal(RELEASE / "a", "wrong")
    log.warning(RELEASE / "b", "odd")
    assert [problem.fatal for problem in log.problems] == [True, False]


@pytest.mark.parametrize("name", ["1_\n\x1b[31m.dcm", os.fsdecode(b"1_\xe9.dcm")])
def test_a_problem_is_one_printable_line(name: str):
    """Control characters and undecodable bytes in a file's name do not reach the terminal."""
    log = ProblemLog(RELEASE)
    log.fatal(RELEASE / name, "wrong")
    (problem,) = log.problems
    assert str(problem).isprintable()
