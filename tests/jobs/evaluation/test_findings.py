"""What radiologists drew, from the notes of a dataset's manifest."""

from jobs.evaluation.findings import Finding, read_findings


def test_findings_by_image():
    """Kinds and the largest diameter."""
    notes = {"findings": {"1": {"kinds": ["mass"], "extent": 80.5}}}
    assert read_findings(notes) == {"1": Finding(("mass",), 80.5)}


def test_none_are_known():
    """A dataset of an earlier version notes none; one without contour files has none."""
    assert read_findings({}) is None and read_findings({"findings": {}}) is None
