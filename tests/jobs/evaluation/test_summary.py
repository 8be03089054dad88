"""The AUCs that a study ends with, for the terminal."""

import pytest

from jobs.evaluation.study_metrics import compute_study_metrics
from jobs.evaluation.summary import auc_table, results_console


def metrics() -> dict:
    """Metrics as `compute_study_metrics` computes them, reduced to what is shown."""

    def figures(value: float, reason: str | None = None) -> dict:
        low, high = (None, None) if reason else (value - 0.1, value + 0.1)
        auc = {"value": value, "low": low, "high": high, "skipped": 0, "reason": reason}
        return {"figures": {"auc": auc}}

    def level(value: float, reason: str | None = None) -> dict:
        return {
            "out_of_fold": {"mean": figures(0.5), "pooled": figures(0.6), "fold0": figures(0.1)},
            "test": {"mean": figures(0.7), "all": figures(value, reason), "fold0": figures(0.1)},
        }

    levels = {"breast": level(0.75), "image": level(0.8), "patient": level(0.5, "few patients")}
    return {"bootstrap": {"confidence": 0.95}, "levels": levels, "cautions": []}


def test_the_figures_at_the_end(monkeypatch: pytest.MonkeyPatch, capsys):
    """Out-of-fold and test, image, breast and patient, uncut in any width."""
    monkeypatch.setenv("COLUMNS", "40")
    results_console().print(auc_table(metrics()))
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "AUC (95 % interval) image               breast              patient",
        "out-of-fold, mean   0.500 (0.400-0.600) 0.500 (0.400-0.600) 0.500 (0.400-0.600)",
        "out-of-fold, pooled 0.600 (0.500-0.700) 0.600 (0.500-0.700) 0.600 (0.500-0.700)",
        "test, mean of folds 0.700 (0.600-0.800) 0.700 (0.600-0.800) 0.700 (0.600-0.800)",
        "test, all data      0.800 (0.700-0.900) 0.750 (0.650-0.850) 0.500 few patients",
    ]


def test_figures_that_were_really_made(predictions, models, capsys):
    """metrics.json, as `evaluate` makes it, has all that is shown."""
    results_console().print(
        auc_table(compute_study_metrics(predictions, models, seed=1, replicates=100))
    )
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert [line.count("(0.") for line in lines[1:]] == [3, 3, 0, 0]
    assert [line.count(" few patients") for line in lines[1:]] == [0, 0, 3, 3]


def test_each_context_has_its_rows(monkeypatch: pytest.MonkeyPatch, capsys):
    """The exam's first, then those of each image alone, below their names."""
    monkeypatch.setenv("COLUMNS", "40")
    both = {**metrics(), "exam": {"levels": metrics()["levels"]}}
    results_console().print(auc_table(both))
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert (len(lines), lines[1], lines[6]) == (11, "with the exam", "each image alone")
    assert lines[2:6] == lines[7:11]
