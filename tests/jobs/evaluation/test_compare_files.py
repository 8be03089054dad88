"""Where the files of two runs differ, and whether it is by more than rounding."""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.evaluation.compare_files import (
    Difference,
    compare_history,
    compare_metrics,
    compare_predictions,
    compare_weights,
)
from jobs.evaluation.partial_run import PartialRun, open_partial_run
from jobs.evaluation.predictions import read_predictions, to_csv

ONE_PLACE = 1 + 2.0**-23  # a float32's last


@pytest.fixture(scope="module")
def pair(reported: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[PartialRun, PartialRun]:
    """A run, and a copy of it whose files tests change; their hashes were looked at before."""
    copied = shutil.copytree(reported, tmp_path_factory.mktemp("root") / "runs" / "copy")
    return open_partial_run(reported), open_partial_run(copied)


@pytest.fixture
def change(pair: tuple[PartialRun, PartialRun]) -> Iterator[Callable[..., None]]:
    """Changes the text of a file of the second run, or of another, until the test ends."""
    before: dict[Path, str] = {}

    def apply(name: str, old: str, new: str, run: PartialRun = pair[1]) -> None:
        path = run.run.folder.path / name
        text = before.setdefault(path, path.read_text())
        assert old in text
        path.write_text(text.replace(old, new))

    yield apply
    for path, text in before.items():
        path.write_text(text)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["fold0", "fold2", "all"]), st.data())
def test_any_changed_bit_of_a_probability_is_found(pair, model: str, data: st.DataObject):
    """However small the change is, and in both directions; the image is named."""
    a, b = pair
    path = b.run.folder.path / model / "predictions.csv"
    before = path.read_bytes()
    rows = list(read_predictions(path))
    number = data.draw(st.integers(0, len(rows) - 1))
    old = rows[number].probability
    new = data.draw(st.floats(0, 1).filter(old.__ne__))
    rows[number] = dataclasses.replace(rows[number], probability=new)
    path.write_bytes(to_csv(rows))
    try:
        for found in (compare_predictions(a, b, model), compare_predictions(b, a, model)):
            gap = found.measured.gap
            assert (gap.numbers, gap.different) == (len(rows), 1)
            assert gap.where.startswith(f"image {rows[number].image_id}, ")
            (line,) = found.differences
            by = "" if gap.beyond else " by rounding"
            assert line == Difference(f"predictions.csv differs{by}", model, not gap.beyond)
    finally:
        path.write_bytes(before)


def test_another_score_of_calcifications_is_found(pair, change):
    """Where both runs have them; one that only one run has is no difference of numbers."""
    rows = pair[1].predictions("fold1")
    for run, logits in zip(pair, ((-1.5, 2.0), (-1.5, 2.5)), strict=True):
        path = run.run.folder.path / "fold1" / "predictions.csv"
        given = (*logits, *[None] * (len(rows) - 2))
        scored = [
            dataclasses.replace(row, calcifications=logit)
            for row, logit in zip(rows, given, strict=True)
        ]
        change("fold1/predictions.csv", path.read_text(), to_csv(scored).decode(), run=run)
    gap = compare_predictions(*pair, "fold1").measured.gap
    assert (gap.numbers, gap.different) == (len(rows) + 2, 1)
    assert gap.where.startswith(f"image {rows[1].image_id}, ")


def test_other_images(pair, change):
    """Predictions of images that only one run has are counted; the others are compared."""
    row = next(iter(pair[1].predictions("fold1")))
    change("fold1/predictions.csv", f",{row.image_id},", ",1,")
    found = compare_predictions(*pair, "fold1")
    kinds = sum(each.image_id == row.image_id for each in pair[0].predictions("fold1"))
    (line,) = found.differences
    assert line == Difference(f"{2 * kinds} predictions are in only one run", "fold1")
    assert not found.measured.gap.different


def test_a_history(pair, change):
    """The first step that differs, and whether anything differs by more than rounding."""
    assert compare_history(*pair, "fold1").differences == ()
    change("fold1/history.csv", "3,2,0.4", f"3,2,{0.4 * ONE_PLACE!r}")
    found = compare_history(*pair, "fold1")
    text = "history.csv differs by rounding from step 3 on"
    assert found.differences == (Difference(text, "fold1", rounding=True),)
    assert found.measured.gap.where == "loss, step 3"
    change("fold1/history.csv", "3,2,0.4", "3,2,0.3")
    (line,) = compare_history(*pair, "fold1").differences
    assert line == Difference("history.csv differs from step 3 on", "fold1")


def test_a_history_of_another_length(pair, change):
    """The numbers of steps are told; those of both are compared."""
    change("all/history.csv", "4,2,0.2,,\n", "")
    found = compare_history(*pair, "all")
    assert found.differences == (Difference("history.csv has 4 | 3 steps", "all"),)
    assert found.measured.gap.numbers == 3


def test_other_text_of_the_same_numbers(pair, change):
    """It is told, as bytes are what counts."""
    change("all/history.csv", "4,2,0.2,,", "4,2,0.20,,")
    (line,) = compare_history(*pair, "all").differences
    assert line == Difference("history.csv has the same numbers in other bytes", "all", True)


AUC = ("levels", "image", "out_of_fold", "fold0", "figures", "auc")


@pytest.mark.parametrize(
    ("factor", "words"),
    [(ONE_PLACE, ["metrics.json differs by rounding"]), (1.5, ["metrics.json differs", "AUC "])],
)
def test_metrics(pair, factor: float, words: list[str]):
    """Each AUC that differs by more than rounding is named with both values."""
    path = pair[1].run.folder.evaluation.folder / "metrics.json"
    before = path.read_text()
    document = json.loads(before)
    inner = document
    for name in AUC:
        inner = inner[name]
    inner["value"] *= factor
    path.write_text(json.dumps(document))
    try:
        found = compare_metrics(*pair)
    finally:
        path.write_text(before)
    assert [line.text[: len(start)] for line, start in zip(found.differences, words, strict=True)]
    assert all(
        line.text.startswith(start) for line, start in zip(found.differences, words, strict=True)
    )
    assert found.differences[-1].artifact in ("evaluation", "levels.image.out_of_fold.fold0")
    assert found.measured.gap.different == 1


def test_metrics_that_are_no_numbers(pair, change):
    """Reasons, units and what only one run has are counted."""
    change("evaluation/metrics.json", '"unit": "patient"', '"unit": "image"')
    (line,) = compare_metrics(*pair).differences
    assert line == Difference("metrics.json has 1 other entries that are no numbers", "evaluation")


@pytest.fixture
def weights(pair, tmp_path: Path) -> Callable[..., list]:
    """Compares the last weights of fold0 of two runs, given the arrays of each."""

    def compare(a: dict, b: dict) -> list:
        runs = []
        for number, (run, arrays) in enumerate(zip(pair, (a, b), strict=True)):
            root = tmp_path / f"{number}" / "runs" / "r"
            shutil.copytree(run.run.folder.path / "fold0", root / "fold0", dirs_exist_ok=True)
            with h5py.File(root / "fold0" / "last.weights.h5", "w") as file:
                for name, values in arrays.items():
                    file[name] = np.float32(values)
            manifest = dataclasses.replace(
                run.made["fold0"], files={"last.weights.h5": {"sha256": f"{number}"}}
            )
            folder = dataclasses.replace(
                run.run.folder,
                root=dataclasses.replace(run.run.root, path=root.parents[1]),
                name="r",
            )
            opened = dataclasses.replace(run.run, folder=folder)
            runs.append(PartialRun(opened, {"fold0": manifest}))
        return list(compare_weights(*runs, "fold0"))

    return compare


BASE = {"layers/dense/vars/0": [1.0, 2.0], "layers/dense/vars/1": [0.5]}


@pytest.mark.parametrize(
    ("other", "text", "rounding"),
    [
        (BASE, "has the same numbers in other bytes", True),
        ({**BASE, "layers/dense/vars/0": [1.0, 2.0000002]}, "differs by rounding", True),
        ({**BASE, "layers/dense/vars/0": [1.0, 2.1]}, "differs", False),
        ({**BASE, "layers/dense/vars/0": [1.0]}, "has other layers", False),
        ({"layers/dense/vars/0": [1.0, 2.0]}, "has other layers", False),
    ],
)
def test_weights(weights, other: dict, text: str, rounding: bool):
    """Files with another hash are read, and told apart: bytes, rounding, numbers, layers."""
    (found,) = weights(BASE, other)
    (line,) = found.differences
    assert line == Difference(f"last.weights.h5 {text}", "fold0", rounding)


def test_weights_with_the_same_hash_are_not_read(pair):
    """The fixture's runs have no file of weights at all."""
    assert list(compare_weights(*pair, "fold0")) == []
