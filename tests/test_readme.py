"""What the documents tell to type is what mammo and make take."""

import re
import shlex
from pathlib import Path

import pytest

from jobs import cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "*/README.md", "mammo_tfds/*/README.md")
    for path in ROOT.glob(pattern)
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def find(pattern: str) -> list[tuple[str, str]]:
    """(file, match) of all documents."""
    return [
        (path.relative_to(ROOT).as_posix(), match)
        for path in DOCUMENTS
        for match in re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]


LINES = find(r"^ {4}(?:\$ )?mammo (.+(?:\n {8,}.+)*)")
STUDIES = find(r'make study ARGS="([^"]*)"')
MENTIONS = sorted({mention for _, mention in find(r"`mammo ([a-z][^`]*)`")})


def test_there_are_commands():
    """What follows looks at the lines that are there."""
    assert {file for file, _ in LINES} >= {"README.md", "k8s/README.md", "docs/getting-started.md"}
    assert STUDIES
    assert MENTIONS


@pytest.mark.parametrize(("file", "line"), LINES)
def test_a_line_to_type(file: str, line: str):
    """Each line of code parses; of what stands in brackets, `[A | B]`, the first may be given."""
    cli.parse(shlex.split(re.sub(r"\|[^\]]*|[\[\]]", "", line)))


@pytest.mark.parametrize(("file", "arguments"), STUDIES)
def test_a_study_by_make(file: str, arguments: str):
    """What `make study` hands on is what mammo study takes."""
    cli.parse(["study", *shlex.split(arguments)])


@pytest.mark.parametrize("mention", MENTIONS)
def test_a_command_in_the_text(mention: str, capsys: pytest.CaptureFixture[str]):
    """Each command that is named is one, and has the options that it is named with."""
    command, *words = mention.split()
    assert command in cli.COMMANDS
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    known = re.findall(r"--[a-z-]+", capsys.readouterr().out)
    assert {word for word in words if word.startswith("-")} <= set(known)


def test_every_command_is_in_the_table():
    """The README's table has a row for each command, in the order of the help."""
    rows = re.findall(r"^\| `mammo ([a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert rows == list(cli.COMMANDS)


def test_what_make_makes():
    """Each target of make that is named is one."""
    named = {
        target for _, target in find(r"^ {4}make ([a-z-]+)|`make ([a-z-]+)") for target in target
    }
    assert {"study", "test", "docs"} <= named - {""} <= TARGETS


def test_the_readmes_tree():
    """The README's tree has a line for each package of jobs/ and mammo_tfds/, and no other."""
    tree = (ROOT / "README.md").read_text().partition("## The tree")[2].partition("\n## ")[0]
    lines = set(re.findall(r"^ {6}([a-z_]+)/", tree, re.MULTILINE))
    there = {
        path.parent.name
        for top in ("jobs", "mammo_tfds")
        for path in ROOT.glob(f"{top}/*/__init__.py")
    }
    assert lines == there
