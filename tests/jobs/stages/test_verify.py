"""mammo verify: whether two runs are the same study with the same result, or what differs."""

import json
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
def verify_runs(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Compares two runs; returns stdout, followed by the error if they are not the same."""

    def run(a: Path, b: Path, **form: bool) -> str:
        capsys.readouterr()
        options = {"all": False, "json": False, **form}
        try:
            verify.run(Namespace(run_a=a, run_b=b, **options), silent)
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
    """The lines about one aspect."""
    match = re.search(rf"^{name} +(.*\n(?: .*\n)*)", text, re.MULTILINE)
    assert match
    return [line.strip() for line in match[1].splitlines()]


def test_a_repeated_run_is_the_same(reported, make_run, predictions, verify_runs, tmp_path):
    """Exit 0 for a run of the same study under another root."""
    again = make_run(tmp_path, predictions)
    cli.call(evaluate, Namespace(root=tmp_path, run="trial"), silent)
    assert verify_runs(reported, again) == SAME


def test_a_copy_under_another_name_is_the_same(reported, copy, verify_runs):
    """A run's name and folder do not matter; features and weights may be missing."""
    assert verify_runs(reported, copy) == SAME


def test_another_configuration(reported, copy, verify_runs):
    """Exit 65; each setting that differs is listed with both values."""
    edit(copy / "study.yaml", lambda text: text.replace("filters: 32", "filters: 8"))
    text = verify_runs(reported, copy)
    assert part(text, "configuration") == ["head.filters: 32 | 8"]
    assert text.endswith(
        "verdict        another study, the same result\n"
        f"65: {reported} and {copy}: another study, the same result\n"
    )


def test_other_versions_and_threads_are_named(reported, copy, verify_runs):
    """Each difference is named once; the verdict depends on the result alone."""
    numpy = read_manifest(reported / "fold0").versions["numpy"]
    for manifest in copy.glob("*/manifest.json"):
        edit(manifest, lambda text: text.replace(f'"numpy": "{numpy}"', '"numpy": "1.0"'))
    edit(
        copy / "all" / "manifest.json",
        lambda text: re.sub(r'"threads": \d+', '"threads": 77', text),
    )
    text = verify_runs(reported, copy)
    assert part(text, "versions") == [f"numpy: {numpy} | 1.0 (all 5 artifacts)"]
    assert re.fullmatch(r"threads: \d+ \| 77 \(all\)", part(text, "device")[0])
    assert part(text, "verdict") == ["the same study, with the same result"]


def test_a_run_that_is_not_finished(make_run, predictions, verify_runs, tmp_path, reported, capsys):
    """What both have is compared, and what is not there is said; exit 69, with the command."""
    folder = make_run(tmp_path, predictions)
    with pytest.raises(MissingInputError, match=r"run mammo evaluate --root .* --run trial"):
        verify_runs(reported, folder)
    out = capsys.readouterr().out
    assert part(out, "missing") == ["not in the second run (evaluation)"]
    assert part(out, "training") == ["the same"]
    assert out.endswith("the same study, with the same result as far as both have it\n")
    shutil.rmtree(folder / "fold1")
    with pytest.raises(MissingInputError, match=r"run mammo train .* --run trial .* --fold 1"):
        verify_runs(folder, reported)
    assert part(capsys.readouterr().out, "missing") == ["not in the first run (fold1, evaluation)"]
    with pytest.raises(MissingInputError, match=r"run mammo train --root .* --run none "):
        verify_runs(reported, tmp_path / "runs" / "none")


def test_single_folds_that_differ(copy, verify_runs, reported):
    """Exit 65, as of whole runs: a difference is one, whatever else is still to come."""
    shutil.rmtree(copy / "fold1")
    edit(copy / "study.yaml", lambda text: text.replace("filters: 32", "filters: 8"))
    text = verify_runs(reported, copy)
    assert part(text, "missing") == ["not in the second run (fold1)"]
    assert part(text, "configuration") == ["head.filters: 32 | 8"]
    assert "65: " in text


def test_a_document_for_machines(reported, copy, verify_runs):
    """--json: one JSON document whose fields docs/commands.md explains; the exit code stays."""
    edit(copy / "study.yaml", lambda text: text.replace("filters: 32", "filters: 8"))
    text, _, end = verify_runs(reported, copy, json=True).rpartition("65: ")
    document = json.loads(text)
    assert end.endswith("another study, the same result\n")
    assert document["verdict"]["words"] == "another study, the same result"
    assert document["aspects"]["configuration"][0]["text"] == "head.filters: 32 | 8"
    page = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
    table = set(re.findall(r"^\| `([A-Za-z_.\[\]]+)` \|", page, re.MULTILINE))
    found = {re.sub(r"^aspects\.[a-z]+", "aspects.NAME", field) for field in fields(document)}
    assert found - {"missing", "aspects.NAME"} <= table  # those that are empty lists


def fields(value: object, name: str = "") -> set[str]:
    """The dotted names of all fields; of a list's items, name[]."""
    if isinstance(value, list):
        return fields(value[0], f"{name}[]") if value and isinstance(value[0], dict) else {name}
    if not isinstance(value, dict):
        return {name}
    inner = (fields(each, f"{name}.{key}".lstrip(".")) for key, each in value.items())
    return set().union(*inner)


def test_a_damaged_run(reported, copy, verify_runs):
    """Exit 65, naming the file."""
    path = copy / "fold0" / "predictions.csv"
    edit(path, lambda text: text.replace("0.", "0.1", 1))
    assert re.fullmatch(rf"65: {path} is not what was written: .*\n", verify_runs(reported, copy))


def test_a_folder_that_is_not_a_run(verify_runs, tmp_path):
    """Exit 64; the error says how a run must be named."""
    with pytest.raises(UsageError, match="must be named as ROOT/runs/NAME; got"):
        verify_runs(tmp_path, tmp_path)
