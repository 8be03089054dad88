"""The table in the terminal."""

from jobs.explain.checks.expectations import CHECKS
from jobs.explain.checks.table import checks_text, hits

NOTHING = {"verdict": None, "surprise": False}


def figures(value: float) -> dict:
    estimate = {"value": value, "low": value - 0.1, "high": value + 0.1, "reason": None}
    return {"pointing": estimate, "chance": {"value": 0.04}, "images": 9, "patients": 7}


def method(title: str, verdict: str, **checks: dict) -> dict:
    return {
        "title": title,
        "measured": verdict != "unknown",
        "verdict": verdict,
        "meaning": f"What that means of {title}.",
        "checks": {check: checks.get(check, NOTHING) for check in CHECKS},
    }


CONTENT = {
    "methods": {
        "grad_cam": method(
            "Grad-CAM", "fails", random_layers={"verdict": "fails", "surprise": True}
        ),
        "location_map": method("The map", "unknown"),
    },
    "localisation": {"grad_cam": figures(0.41), "random": figures(0.04)},
    "shortcuts": {},
    "checked_patients": 1,
}


def test_a_method_s_row_has_its_verdict_checks_and_hits():
    """A surprise is marked, baselines follow, and what chance gives is said."""
    text = checks_text(CONTENT)
    (row,) = (line for line in text.splitlines() if line.startswith("Grad-CAM  "))
    assert "FAIL*" in row and "0.41 (0.31-0.51)" in row
    assert "a random map" in text and "hits in 0.04 of 9 images of 7 patients" in text
    assert "Random and other models: 1 image, each of another patient." in text
    assert "What that means of Grad-CAM." in text


def test_what_was_not_measured_has_no_row_and_no_column():
    """A local head's map of another head; checks that decided nothing."""
    text = checks_text(CONTENT)
    assert "The map" not in text and "faithful" not in text


def test_hits_without_an_interval_say_why():
    """Few patients."""
    one = figures(0.4)
    one["pointing"] |= {"low": None, "high": None, "reason": "few patients"}
    assert hits({"localisation": {"lrp": one}}, "lrp") == "0.40 (few patients)"
    assert hits({"localisation": {}}, "lrp") == "-"
