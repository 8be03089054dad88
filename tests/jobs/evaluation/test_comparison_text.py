"""How two runs compare, in lines and as a document."""

import json
import math

import pytest

from jobs.evaluation.compare_files import Difference, FileGap
from jobs.evaluation.compare_runs import Aspect, Comparison
from jobs.evaluation.comparison_text import as_json, as_text
from jobs.evaluation.number_gaps import Gap

MODELS = ("fold0", "fold1", "fold2", "fold3", "fold4", "all")
SOME = Gap(1000, 20, 3, 2.5e-4, "step 7")
LITTLE = Gap(1000, 40, 0, 3e-7, "step 9")


def comparison(*differences: Difference, gaps: tuple[FileGap, ...] = ()) -> Comparison:
    """A comparison with one aspect."""
    return Comparison(MODELS, (), (Aspect("training", differences),), gaps)


def lines(found: Comparison, everything: bool = False) -> list[str]:
    """The lines of the text without the aspects' names."""
    return [line[len("training  ") :] for line in as_text(found, everything).splitlines()]


@pytest.mark.parametrize(
    ("models", "short", "whole"),
    [
        (MODELS[:1], "(fold0)", "(fold0)"),
        (MODELS[:4], "(fold0, fold1, fold2, fold3)", "(fold0, fold1, fold2, fold3)"),
        (MODELS[:5], "(fold0, fold1, fold2 and 2 more)", "(fold0, fold1, fold2, fold3, fold4)"),
        (MODELS, "(all 6 artifacts)", "(all 6 artifacts)"),
    ],
)
def test_artifacts_that_differ_alike_share_a_line(models: tuple[str, ...], short: str, whole: str):
    """The first few are named; with `everything`, each of them."""
    found = comparison(*(Difference("x differs", model) for model in models))
    assert lines(found)[0] == f"x differs {short}"
    assert lines(found, everything=True)[0] == f"x differs {whole}"


def test_rounding_has_a_line_of_its_own():
    """What differs by rounding stands apart from what differs by more."""
    found = comparison(
        Difference("x differs by rounding", "fold0", rounding=True),
        Difference("x differs", "fold1"),
        Difference("x differs by rounding", "fold2", rounding=True),
    )
    assert lines(found)[:2] == ["x differs by rounding (fold0, fold2)", "x differs (fold1)"]


def test_many_lines_are_cut_short():
    """It says how many there are, and how to see them."""
    found = comparison(*(Difference(f"AUC {number}") for number in range(20)))
    shown = lines(found)
    assert shown[5:7] == ["AUC 5", "and 14 more lines: --all shows them"]
    assert len(lines(found, everything=True)) == 21


GAPS = (
    FileGap("history.csv", "fold0", SOME),
    FileGap("history.csv", "fold1", LITTLE),
    FileGap("history.csv", "fold2", Gap(1000)),
    FileGap("predictions.csv", "fold0", Gap(5)),
)


def test_how_far_numbers_are_apart():
    """A row for each file that differs, over all artifacts; with `everything` one for each."""
    text = as_text(comparison(gaps=GAPS))
    table = text.partition("distances")[2].splitlines()
    assert table[0].split() == [
        "file",
        "numbers",
        "differ",
        "beyond",
        "largest",
        "furthest",
        "apart",
    ]
    assert table[1].split() == ["history.csv", "2,000", "60", "3", "2.5e-04", "fold0:", "step", "7"]
    assert "|a - b| over the largest magnitude in the same column" in table[2]
    assert "1e-04" in table[3]
    every = as_text(comparison(gaps=GAPS), everything=True)
    assert [line.split()[0] for line in every.splitlines() if "step" in line] == [
        "fold0/history.csv",
        "fold1/history.csv",
    ]


def test_what_is_the_same():
    """No table where nothing differs."""
    assert as_text(comparison(gaps=(FileGap("history.csv", "fold0", Gap(7)),))) == (
        "training  the same\nverdict   the same study, with the same result\n"
    )


def test_one_document():
    """All of it, with the verdict first; what is no number is null."""
    far = FileGap("history.csv", "all", Gap(3, 1, 1, math.inf, "loss, step 2"))
    found = comparison(Difference("x differs", "fold0"), gaps=(*GAPS, far))
    document = json.loads(as_json(found))
    assert document["verdict"] == {
        "same_study": True,
        "same_result": False,
        "only_rounding": False,
        "missing": False,
        "compared": True,
        "words": "the same study, with another result",
    }
    assert document["artifacts"] == list(MODELS)
    assert document["aspects"]["training"] == [
        {"text": "x differs", "artifact": "fold0", "rounding": False}
    ]
    assert document["numbers"][0] == {
        "file": "history.csv",
        "artifact": "fold0",
        "numbers": 1000,
        "different": 20,
        "beyond": 3,
        "largest": 2.5e-4,
        "where": "step 7",
    }
    assert document["numbers"][-1]["largest"] is None
