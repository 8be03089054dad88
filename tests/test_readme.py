"""What the READMEs tell to type is what mammo takes."""

import re
import shlex
from pathlib import Path

import pytest

from jobs import cli

ROOT = Path(__file__).parents[1]
READMES = sorted(
    path
    for folder in ("", "k8s", "docker", "overlays", "mammo_tfds", "docs")
    for path in (ROOT / folder).glob("*.md")
)


def found(pattern: str) -> list[tuple[str, str]]:
    """(file, match) of all READMEs."""
    return [
        (path.relative_to(ROOT).as_posix(), match)
        for path in READMES
        for match in re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


LINES = found(r"^ {4}(?:\$ )?mammo (.+)")
MENTIONS = sorted({mention for _, mention in found(r"`mammo ([a-z][^`]*)`")})


def test_there_are_commands():
    """What follows looks at the lines that are there."""
    assert {file for file, _ in LINES} >= {"README.md", "k8s/README.md"}
    assert MENTIONS


@pytest.mark.parametrize(("file", "line"), LINES)
def test_a_line_to_type(file: str, line: str):
    """Each line of code is a command that parses; what stands in brackets may be given, too."""
    cli.parse(shlex.split(re.sub(r"[\[\]]", "", line)))


@pytest.mark.parametrize("mention", MENTIONS)
def test_a_command_in_the_text(mention: str, capsys: pytest.CaptureFixture[str]):
    """Each command that is named is one, and has the options that it is named with."""
    command, *words = mention.split()
    assert command in cli.COMMANDS
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    known = re.findall(r"--[a-z]+", capsys.readouterr().out)
    assert {word for word in words if word.startswith("-")} <= set(known)


def test_every_command_is_in_the_table():
    """The README's table has a row for each command, in the order of the help."""
    rows = re.findall(r"^\| `mammo ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == list(cli.COMMANDS)
