"""What a shell is told at TAB."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobs import cli

REPOSITORY = Path(__file__).parents[2]
ANSWERS = """
import io, json, os, sys
from jobs.completion import complete
for variables in json.loads(sys.argv[1]):
    os.environ |= variables
    told = io.StringIO()
    complete(exit_method=lambda code: None, output_stream=told)
    print(json.dumps(sorted(told.getvalue().split())))
"""


def tab(*lines: str, folder: Path = REPOSITORY) -> list[list[str]]:
    """What the last word of each line may become.

    In a process of its own: argcomplete takes the descriptors 8 and 9 for its own.
    """
    done = subprocess.run(
        [sys.executable, "-c", ANSWERS, json.dumps([asking(line) for line in lines])],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def asking(line: str) -> dict[str, str]:
    """The variables by which a shell asks."""
    return {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_COMP_WORDBREAKS": "",
        "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
    }


def test_commands():
    """All of them, and those that begin with what is there."""
    every, some = tab("mammo ", "mammo pre")
    assert set(cli.COMMANDS) <= set(every)
    assert some == ["predict", "prepare"]


def test_options():
    """Those of the command, which its own stage has; not those of others."""
    overlay, release, none = tab("mammo study --over", "mammo study --re", "mammo report --re")
    assert (overlay, release, none) == (["--overlay"], ["--release"], [])


def test_keys_of_the_configuration():
    """Every key of --set; of one that takes one of a few values, these."""
    expected = {
        "train.ep": ["train.epochs="],
        "model.p": ["model.pooling=", "model.precision="],
        "model.pooling=": ["model.pooling=average", "model.pooling=none"],
        "train.live=t": ["train.live=true"],
        "data.window=f": ["data.window=first"],
        "train.epochs=": [],
        "fly=": [],
    }
    found = tab(*(f"mammo embed --set {word}" for word in expected))
    assert dict(zip(expected, found, strict=True)) == expected


def test_runs(reported: Path, tmp_path: Path):
    """The runs under --root; under the default root if none is given; none where there is none."""
    root = reported.parents[1]
    (tmp_path / "study-root").symlink_to(root)
    lines = (
        f"mammo report --root {root} --run ",
        "mammo report --root nowhere --run ",
        "mammo report --run ",
        "mammo study --run t",
    )
    assert tab(*lines, folder=tmp_path) == [["trial"], [], [], ["trial"]]


def test_overlays():
    """The folders of overlays/."""
    assert tab("mammo study --overlay c") == [["cpu-smoke"]]


def test_a_line_that_is_wrong_already():
    """Nothing is raised or run."""
    assert len(tab("mammo fly --ro", "mammo embed --rot x --set tr")) == 2


def test_the_process_answers_and_does_nothing_else(tmp_path: Path):
    """`mammo` itself, as the shell calls it: whatever the line says is not run."""
    answer = tmp_path / "answer"
    done = subprocess.run(
        [sys.executable, "-c", "from jobs.cli import process; process()"],
        env={**os.environ, **asking("mammo study --over"), "_ARGCOMPLETE_STDOUT_FILENAME": answer},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, answer.read_text()) == ("", "--overlay")


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_takes_it(tmp_path: Path):
    """The line of the documentation switches it on, for a real bash."""
    page = (REPOSITORY / "docs" / "getting-started.md").read_text()
    line = 'eval "$(register-python-argcomplete mammo)"'
    assert line in page
    script = f"""
        {line}
        COMP_LINE='mammo study --set train.ep' COMP_POINT=26 COMP_TYPE=9
        COMP_WORDS=(mammo study --set train.ep) COMP_CWORD=3
        _python_argcomplete mammo
        echo "${{COMPREPLY[@]}}"
    """
    folder = Path(sys.executable).parent
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "train.epochs="


def test_it_costs_nothing_otherwise():
    """A command line that is run does not import it."""
    script = "import sys; from jobs.cli import parse; parse(['check', 'x']); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"argcomplete", "jobs.completion"} & set(done.stdout.split())
