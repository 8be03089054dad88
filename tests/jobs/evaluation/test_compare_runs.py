"""Two runs are compared in every respect; tests/jobs/stages/test_verify.py has the command."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.common.errors import UsageError
from jobs.evaluation.compare_runs import Aspect, compare, judge, open_finished_run
from jobs.evaluation.predictions import read_predictions, to_csv


@pytest.fixture(scope="module")
def pair(reported, tmp_path_factory) -> tuple[Path, Path]:
    """A run, and a copy of it to change."""
    return reported, shutil.copytree(reported, tmp_path_factory.mktemp("root") / "runs" / "copy")


def test_other_data(reported, tmp_path, make_predictions, predictions):
    """Images in only one run, other splits and other labels are counted. No patient is named."""
    copy = shutil.copytree(reported, tmp_path / "root" / "runs" / "copy")
    others, finished = make_predictions(patients=45), open_finished_run(copy)
    for model in ("fold0", "fold1", "fold2", "all"):
        rows = [row for row in others if row.model == model]
        (copy / model / "predictions.csv").write_bytes(to_csv(rows))
    aspects = compare(open_finished_run(reported), finished)
    data, *_ = aspects
    assert data.differences[0] == "images: 192 | 180, 12 of them in only one run"
    assert judge(aspects) == (False, "another study, another result")
    lines = " ".join(line for aspect in aspects for line in aspect.differences)
    assert not set(re.findall(r"\w+", lines)) & {row.patient for row in (*predictions, *others)}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["fold0", "fold2", "all"]), st.data())
def test_any_changed_bit_of_a_probability_is_found(pair, model: str, data: st.DataObject):
    """However small the change is, and in both directions."""
    a, b = map(open_finished_run, pair)
    path = pair[1] / model / "predictions.csv"
    before = path.read_bytes()
    rows = list(read_predictions(path))
    number = data.draw(st.integers(0, len(rows) - 1))
    old = rows[number].probability
    rows[number] = replace(rows[number], probability=data.draw(st.floats(0, 1).filter(old.__ne__)))
    path.write_bytes(to_csv(rows))
    try:
        for aspects in (compare(a, b), compare(b, a)):
            (line,) = (line for each in aspects for line in each.differences)
            assert line.startswith(f"{model}: 1 of {len(rows)} probabilities differ")
            assert f"image {rows[number].image_id}," in line
            assert judge(aspects) == (False, "the same study, with another result")
    finally:
        path.write_bytes(before)


def test_a_changed_metric(pair):
    """Other metrics of the same predictions: how many values differ, and each AUC by its name."""
    a, b = map(open_finished_run, pair)
    path = pair[1] / "evaluation" / "metrics.json"
    before = path.read_text()
    found = json.loads(before)
    found["levels"]["image"]["out_of_fold"]["fold0"]["figures"]["auc"]["value"] = 0.25
    path.write_text(json.dumps(found))
    try:
        numbers = compare(a, b)[-1].differences
    finally:
        path.write_text(before)
    assert re.fullmatch(r"metrics\.json: 1 of \d+ values differ", numbers[0])
    assert re.fullmatch(r"levels.image.out_of_fold.fold0: AUC 0.\d+ \| 0.25", numbers[1])


def test_another_training(pair):
    """Weights and histories count, even if all predictions are the same."""
    a, b = map(open_finished_run, pair)
    path = pair[1] / "fold1" / "history.csv"
    before = path.read_text()
    path.write_text(before.replace("3,2,0.4", "3,2,0.3"))
    try:
        aspects = compare(a, b)
    finally:
        path.write_text(before)
    assert [aspect.differences for aspect in aspects if aspect.differences] == [
        ("fold1: history.csv differs from step 3 on",)
    ]
    assert judge(aspects) == (False, "the same study, with another result")


def test_what_is_not_a_run_is_refused(tmp_path):
    """A run is a folder in a folder named runs."""
    with pytest.raises(UsageError, match="must be named as ROOT/runs/NAME"):
        open_finished_run(tmp_path)


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ((), "the same study, with the same result"),
        (("versions", "device"), "the same study, with the same result"),
        (("training",), "the same study, with another result"),
        (("data",), "another study, the same result"),
        (("configuration", "numbers"), "another study, another result"),
    ],
)
def test_which_aspects_make_a_study_and_a_result(different, words):
    """Versions and devices make neither: only what comes out of them counts."""
    names = ("data", "configuration", "versions", "device", "training", "numbers")
    aspects = [Aspect(name, ("differs",) * (name in different)) for name in names]
    assert judge(aspects) == (words == "the same study, with the same result", words)
