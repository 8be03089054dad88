"""A parser that names the nearest option; tests/jobs/test_cli.py has mammo's own."""

import pytest

from jobs.common.errors import UsageError
from jobs.common.parser import Parser


@pytest.fixture
def parser() -> Parser:
    made = Parser(prog="prog")
    made.add_argument("--root", required=True)
    made.add_argument("--number", type=int)
    made.add_argument("name", nargs="?")
    return made


@pytest.mark.parametrize(
    "words",
    [
        ["--root", "r", "--number", "-1"],
        ["--root=r", "-h"],
        ["--number", "-.5"],
        ["-"],
        ["-a folder with blanks"],
        ["--", "--rot"],
        [],
    ],
)
def test_known_words(parser: Parser, words: list[str]):
    """Options, values, numbers, and whatever follows -- are let through."""
    parser.require_known(words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--rot", "r"], "unknown option --rot; did you mean --root? see prog --help"),
        (["--root", "r", "--fly=1"], "unknown option --fly; see prog --help"),
        (["-x"], "unknown option -x; see prog --help"),
    ],
)
def test_unknown_words(parser: Parser, words: list[str], message: str):
    """The first unknown option is named without its value, before any that is missing."""
    with pytest.raises(UsageError) as caught:
        parser.require_known(words)
    assert str(caught.value) == message


def test_options_are_not_abbreviated(parser: Parser):
    """--num would be an error as soon as there is a --numbers."""
    with pytest.raises(UsageError):
        parser.parse_args(["--root", "r", "--num", "1"])
