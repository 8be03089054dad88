"""mammo verify: whether two runs are the same study with the same result, or where they differ."""

import re
import shutil
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.common.errors import DataError, MissingInputError, UsageError
from jobs.common.progress import silent
from jobs.stages import evaluate, verify

SAME = """\
data           the same
configuration  the same
versions       the same
device         the same
training       the same
numbers        the same
verdict        the same study, with the same result
"""


@pytest.fixture
def verify_runs(capsys: pytest.CaptureFixture[str]) -> Callable[[Path, Path], str]:
    """Compares two runs; returns stdout, and an error after that."""

    def run(a: Path, b: Path) -> str:
        capsys.readouterr()
        try:
            verify.run(Namespace(run_a=a, run_b=b), silent)
            end = ""
        except DataError as error:
            end = f"65: {error}\n"
        return capsys.readouterr().out + end

    return run


@pytest.fixture
def copy(reported, tmp_path) -> Path:
    """A copy of the run `reported`, to change."""
    return shutil.copytree(reported, tmp_path / "root" / "runs" / "copy")


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text()
    path.write_text(change(before))
    assert path.read_text() != before


def part(text: str, name: str) -> list[str]:
    """The lines that are said of one respect."""
    match = re.search(rf"^{name} +(.*\n(?: .*\n)*)", text, re.MULTILINE)
    assert match
    return [line.strip() for line in match[1].splitlines()]


def test_a_run_made_again(reported, make_run, predictions, verify_runs, tmp_path):
    """Exit 0, and all is the same: under another root, by another call."""
    again = make_run(tmp_path, predictions)
    cli.call(evaluate, Namespace(root=tmp_path, run="trial"), silent)
    assert verify_runs(reported, again) == SAME


def test_a_copy_under_another_name(reported, copy, verify_runs):
    """A run's name and place are no part of it; what its models were made from may be gone."""
    assert verify_runs(reported, copy) == SAME


def test_another_configuration(reported, copy, verify_runs):
    """Exit 65; each key that differs, with both values."""
    edit(copy / "study.yaml", lambda text: text.replace("filters: 32", "filters: 8"))
    text = verify_runs(reported, copy)
    assert part(text, "configuration") == ["head.filters: 32 | 8"]
    assert text.endswith(
        "verdict        another study, the same result\n"
        f"65: {reported} and {copy}: another study, the same result\n"
    )


def test_other_versions_and_threads_are_named(reported, copy, verify_runs):
    """They make no other study: only the result counts. Each difference is named once."""
    numpy = read_manifest(reported / "fold0").versions["numpy"]
    for manifest in copy.glob("*/manifest.json"):
        edit(manifest, lambda text: text.replace(f'"numpy": "{numpy}"', '"numpy": "1.0"'))
    edit(
        copy / "all" / "manifest.json",
        lambda text: re.sub(r'"threads": \d+', '"threads": 77', text),
    )
    text = verify_runs(reported, copy)
    assert part(text, "versions") == [f"numpy: {numpy} | 1.0 (all artifacts)"]
    assert re.fullmatch(r"threads: \d+ \| 77 \(all\)", part(text, "device")[0])
    assert part(text, "verdict") == ["the same study, with the same result"]


def test_a_run_that_is_not_finished(make_run, predictions, verify_runs, tmp_path, reported):
    """Exit 69, with the command to resume it: evaluate, or train."""
    folder = make_run(tmp_path, predictions)
    with pytest.raises(MissingInputError, match=r"run mammo evaluate --root .* --run trial"):
        verify_runs(reported, folder)
    shutil.rmtree(folder / "fold1")
    with pytest.raises(MissingInputError, match=r"run mammo train .* --run trial .* --fold 1"):
        verify_runs(folder, reported)
    with pytest.raises(MissingInputError, match=r"run mammo train --root .* --run none "):
        verify_runs(reported, tmp_path / "runs" / "none")


def test_a_damaged_run(reported, copy, verify_runs):
    """Exit 65, naming the file."""
    path = copy / "fold0" / "predictions.csv"
    edit(path, lambda text: text.replace("0.", "0.1", 1))
    assert re.fullmatch(rf"65: {path} is not what was written: .*\n", verify_runs(reported, copy))


def test_a_folder_that_is_not_a_run(verify_runs, tmp_path):
    """Exit 64: how a run is named."""
    with pytest.raises(UsageError, match="must be named as ROOT/runs/NAME; got"):
        verify_runs(tmp_path, tmp_path)
