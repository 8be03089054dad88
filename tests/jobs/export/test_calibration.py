"""calibration.json of an export."""

import json

from jobs.export.calibration import describe_calibration


def test_the_thresholds_are_those_of_the_test_figures(reported, models):
    """Of each level and model, in the order of the graphs' output; no temperature means 1."""
    metrics = json.loads((reported / "evaluation/metrics.json").read_text())
    found = describe_calibration(metrics, models)
    assert found["models"] == list(models)
    assert found["temperature"] == dict.fromkeys(models, 1.0)
    assert found["context"] == "none" and found["regressions"] == {}
    entry = metrics["levels"]["breast"]["test"]["fold1"]
    assert found["thresholds"]["breast"]["fold1"] == entry["threshold"]["value"]
