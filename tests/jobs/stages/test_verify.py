"""mammo verify: whether two runs are the same study with the same result, and where they part."""

import json
import re
import shutil
from argparse import Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import cli
from jobs.artifacts.manifest import read_manifest
from jobs.common.errors import DataError, MissingInputError, UsageError
from jobs.common.progress import silent
from jobs.evaluation.compare_runs import compare, open_finished, verdict
from jobs.evaluation.predictions import read_predictions, to_csv
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
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[Path, Path], str]:
    """Compares two runs; what it says on stdout, and of an error after that."""

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


def test_a_run_made_again(reported, make_run, predictions, told, tmp_path):
    """Exit 0, and all is the same: under another root, by another call."""
    again = make_run(tmp_path, predictions)
    cli.call(evaluate, Namespace(root=tmp_path, run="trial"), silent)
    assert told(reported, again) == SAME


def test_a_copy_under_another_name(reported, copy, told):
    """A run's name and place are no part of it; what its models were made from may be gone."""
    assert told(reported, copy) == SAME


def test_another_configuration(reported, copy, told):
    """Exit 65; each key that differs, with both values."""
    edit(copy / "study.yaml", lambda text: text.replace("filters: 32", "filters: 8"))
    text = told(reported, copy)
    assert part(text, "configuration") == ["head.filters: 32 | 8"]
    assert text.endswith(
        "verdict        another study, the same result\n"
        f"65: {reported} and {copy}: another study, the same result\n"
    )


def test_other_data(reported, copy, make_predictions, predictions):
    """Images that are in one alone, and who is split or labelled otherwise. No patient is named."""
    others, finished = make_predictions(patients=45), open_finished(copy)
    for model in ("fold0", "fold1", "fold2", "all"):
        rows = [row for row in others if row.model == model]
        (copy / model / "predictions.csv").write_bytes(to_csv(rows))
    parts = compare(open_finished(reported), finished)
    data, *_ = parts
    assert data.differences[0] == "images: 192 | 180, 12 of them in one run alone"
    assert verdict(parts) == (False, "another study, another result")
    told = " ".join(line for part in parts for line in part.differences)
    assert not set(re.findall(r"\w+", told)) & {row.patient for row in (*predictions, *others)}


def test_other_versions_and_threads_are_told(reported, copy, told):
    """They make no other study: what they come to is what counts. Each is named once."""
    numpy = read_manifest(reported / "fold0").versions["numpy"]
    for manifest in copy.glob("*/manifest.json"):
        edit(manifest, lambda text: text.replace(f'"numpy": "{numpy}"', '"numpy": "1.0"'))
    edit(
        copy / "all" / "manifest.json",
        lambda text: re.sub(r'"threads": \d+', '"threads": 77', text),
    )
    text = told(reported, copy)
    assert part(text, "versions") == [f"numpy: {numpy} | 1.0 (all artifacts)"]
    assert re.fullmatch(r"threads: \d+ \| 77 \(all\)", part(text, "device")[0])
    assert part(text, "verdict") == ["the same study, with the same result"]


def test_a_run_that_is_not_finished(make_run, predictions, told, tmp_path, reported):
    """Exit 69, with the command that goes on: to evaluate, or to train."""
    folder = make_run(tmp_path, predictions)
    with pytest.raises(MissingInputError, match=r"run mammo evaluate --root .* --run trial"):
        told(reported, folder)
    shutil.rmtree(folder / "fold1")
    with pytest.raises(MissingInputError, match=r"run mammo train .* --run trial .* --fold 1"):
        told(folder, reported)
    with pytest.raises(MissingInputError, match=r"run mammo train --root .* --run none "):
        told(reported, tmp_path / "runs" / "none")


def test_a_damaged_run(reported, copy, told):
    """Exit 65, naming the file."""
    path = copy / "fold0" / "predictions.csv"
    edit(path, lambda text: text.replace("0.", "0.1", 1))
    assert re.fullmatch(rf"65: {path} is not what was written: .*\n", told(reported, copy))


def test_a_folder_that_is_no_run(told, tmp_path):
    """Exit 64: how a run is named."""
    with pytest.raises(UsageError, match="must be named as ROOT/runs/NAME; got"):
        told(tmp_path, tmp_path)


@pytest.fixture(scope="module")
def pair(reported, tmp_path_factory) -> tuple[Path, Path]:
    """A run, and a copy of it to change."""
    return reported, shutil.copytree(reported, tmp_path_factory.mktemp("root") / "runs" / "copy")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["fold0", "fold2", "all"]), st.data())
def test_any_changed_bit_of_a_probability_is_found(pair, model: str, data: st.DataObject):
    """The other way round, too; however small it is."""
    a, b = map(open_finished, pair)
    path = pair[1] / model / "predictions.csv"
    before = path.read_bytes()
    rows = list(read_predictions(path))
    number = data.draw(st.integers(0, len(rows) - 1))
    old = rows[number].probability
    rows[number] = replace(rows[number], probability=data.draw(st.floats(0, 1).filter(old.__ne__)))
    path.write_bytes(to_csv(rows))
    try:
        for parts in (compare(a, b), compare(b, a)):
            (line,) = (line for each in parts for line in each.differences)
            assert line.startswith(f"{model}: 1 of {len(rows)} probabilities differ")
            assert f"image {rows[number].image_id}," in line
            assert verdict(parts) == (False, "the same study, with another result")
    finally:
        path.write_bytes(before)


def test_a_figure_alone(pair):
    """Figures made otherwise of the same predictions: the number that differs, an AUC by name."""
    a, b = map(open_finished, pair)
    path = pair[1] / "evaluation" / "metrics.json"
    before = path.read_text()
    found = json.loads(before)
    found["levels"]["image"]["out_of_fold"]["fold0"]["figures"]["auc"]["value"] = 0.25
    path.write_text(json.dumps(found))
    try:
        numbers = compare(a, b)[-1].differences
    finally:
        path.write_text(before)
    assert re.fullmatch(r"figures: 1 of \d+ differ", numbers[0])
    assert re.fullmatch(r"levels.image.out_of_fold.fold0: AUC 0.\d+ \| 0.25", numbers[1])


def test_another_training(pair):
    """Weights and histories count, also where all predictions are the same."""
    a, b = map(open_finished, pair)
    path = pair[1] / "fold1" / "history.csv"
    before = path.read_text()
    path.write_text(before.replace("3,2,0.4", "3,2,0.3"))
    try:
        parts = compare(a, b)
    finally:
        path.write_text(before)
    assert [part.differences for part in parts if part.differences] == [
        ("fold1: history.csv parts at step 3",)
    ]
    assert verdict(parts) == (False, "the same study, with another result")
