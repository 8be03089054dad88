"""Two runs are compared in every respect; tests/jobs/stages/test_verify.py has the command."""

import re
import shutil
from pathlib import Path

import pytest

from jobs.evaluation.compare_files import Difference
from jobs.evaluation.compare_runs import Aspect, Comparison, Verdict, compare
from jobs.evaluation.partial_run import open_partial_run
from jobs.evaluation.predictions import to_csv

NAMES = ("data", "configuration", "versions", "device", "training", "numbers")


@pytest.fixture
def copy(reported: Path, tmp_path: Path) -> Path:
    """A copy of the run `reported`, to change."""
    return shutil.copytree(reported, tmp_path / "root" / "runs" / "copy")


def test_other_data(reported, copy, make_predictions, predictions):
    """Images in only one run, other splits and other labels are counted. No patient is named."""
    others, opened = make_predictions(patients=45), open_partial_run(copy)
    for model in ("fold0", "fold1", "fold2", "all"):
        rows = [row for row in others if row.model == model]
        (copy / model / "predictions.csv").write_bytes(to_csv(rows))
    found = compare(open_partial_run(reported), opened)
    assert found.aspects[0].differences[0] == Difference(
        "images: 192 | 180, 12 of them in only one run"
    )
    assert found.verdict.words == "another study, another result"
    lines = " ".join(str(line) for aspect in found.aspects for line in aspect.differences)
    assert not set(re.findall(r"\w+", lines)) & {row.patient for row in (*predictions, *others)}


def test_another_training(reported, copy):
    """Weights and histories count, even if all predictions are the same."""
    opened = open_partial_run(copy)
    path = copy / "fold1" / "history.csv"
    path.write_text(path.read_text().replace("3,2,0.4", "3,2,0.3"))
    found = compare(open_partial_run(reported), opened)
    assert [line for aspect in found.aspects for line in aspect.differences] == [
        Difference("history.csv differs from step 3 on", "fold1")
    ]
    assert found.verdict == Verdict(True, False, False, False)


def test_what_is_there_is_compared(reported, copy):
    """Single folds: what is missing is said of each side, and is no difference in the data."""
    whole = open_partial_run(reported)
    shutil.rmtree(copy / "fold1")
    shutil.rmtree(copy / "evaluation")
    part = open_partial_run(copy)
    assert compare(whole, part).missing == (
        Difference("not in the second run", "fold1"),
        Difference("not in the second run", "evaluation"),
    )
    assert {each.text for each in compare(part, whole).missing} == {"not in the first run"}
    assert {each.text for each in compare(part, part).missing} == {"in neither run"}
    for found in (compare(whole, part), compare(part, whole), compare(part, part)):
        assert found.verdict == Verdict(True, True, False, True)
        assert all(not aspect.differences for aspect in found.aspects)
        assert {each.artifact for each in found.gaps} == {"fold0", "fold2", "all"}
        assert "fold1" not in found.artifacts


def test_two_runs_with_nothing_in_common(reported, copy):
    """Their configurations are compared all the same; nothing else is called the same."""
    for path in copy.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    found = compare(open_partial_run(reported), open_partial_run(copy))
    assert found.verdict == Verdict(True, False, False, True, compared=False)
    assert not found.verdict.differs
    assert [each.name for each in found.aspects if each.compared] == ["configuration"]
    assert found.gaps == ()


def test_two_runs_without_a_common_model(reported, copy, tmp_path):
    """The same dataset, but one fold here and another there: no result is called the same."""
    other = shutil.copytree(reported, tmp_path / "other" / "runs" / "copy")
    for folder, kept in ((copy, "fold0"), (other, "fold1")):
        for path in folder.iterdir():
            if path.is_dir() and path.name != kept:
                shutil.rmtree(path)
    found = compare(open_partial_run(copy), open_partial_run(other))
    compared = {each.name: each.compared for each in found.aspects}
    assert compared["data"]
    assert not compared["training"]
    assert not compared["numbers"]
    assert found.verdict.words == "the same study so far, and no result yet that both have"


ROUNDING, MORE = Difference("x", rounding=True), Difference("y")


@pytest.mark.parametrize(
    ("different", "words"),
    [
        ({}, "the same study, with the same result"),
        ({"versions": MORE, "device": MORE}, "the same study, with the same result"),
        ({"training": MORE}, "the same study, with another result"),
        ({"training": ROUNDING, "numbers": MORE}, "the same study, with another result"),
        ({"numbers": ROUNDING}, "the same study, with the same result but for rounding"),
        ({"data": MORE}, "another study, the same result"),
        ({"data": MORE, "numbers": ROUNDING}, "another study, the same result but for rounding"),
        ({"configuration": MORE, "numbers": MORE}, "another study, another result"),
    ],
)
def test_which_aspects_make_a_study_and_a_result(different: dict[str, Difference], words: str):
    """Versions and devices make neither. Rounding is another result, and told as what it is."""
    aspects = [Aspect(name, (different[name],) if name in different else ()) for name in NAMES]
    verdict = Comparison((), (), tuple(aspects), ()).verdict
    assert verdict.words == words
    assert verdict.same_study is ("another study" not in words)
    assert verdict.same_result is words.endswith("the same result")


def test_a_verdict_on_what_is_there():
    """A result that is not whole is not called the same without saying so."""
    assert Verdict(True, True, False, True).words == (
        "the same study, with the same result as far as both have it"
    )
