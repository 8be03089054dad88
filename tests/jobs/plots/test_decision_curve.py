"""Net benefit, drawn."""

import numpy as np
from matplotlib.figure import Figure

from jobs.evaluation.decision_curve import compute_decision_curve
from jobs.plots.decision_curve import DecisionCurveDisplay


def test_what_it_draws(predictions, models):
    """Acting on none, on all, and each model's curve, with a band for the first."""
    from jobs.evaluation.bootstrap import resample_patients
    from jobs.evaluation.levels import at_level
    from jobs.evaluation.predictions import select

    cases = at_level(select(predictions, weights="last", split="validation"), "image")
    resamples = resample_patients(dict.fromkeys(cases.patient, "x"), 100, 20)
    curve = compute_decision_curve(cases, resamples)
    display = DecisionCurveDisplay.from_metrics({"after": curve, "before": curve})
    axes = Figure().subplots()
    display.draw(axes)
    labels = [line.get_label() for line in axes.lines]
    assert labels == ["none", "all", "after", "before"]
    assert axes.lines[2].get_ydata().tolist() == [c["net_benefit"]["value"] for c in curve]
    assert axes.lines[1].get_ydata()[0] == curve[0]["all"]
    assert len(axes.collections) == 1
    assert np.isfinite(axes.get_ylim()).all()


def test_without_an_interval():
    """Of few patients there is no band, and no failure."""
    none = {"low": None, "high": None, "skipped": 0, "reason": "few patients"}
    found = {"value": 0.1, **none}
    curve = [{"threshold": t, "net_benefit": found, "all": 0.0} for t in (0.1, 0.2)]
    display = DecisionCurveDisplay.from_metrics({"model": curve})
    display.draw(Figure().subplots())
    assert "at 0.10 0.100" in display.alt_text()
