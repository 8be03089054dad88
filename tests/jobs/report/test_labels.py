"""What sick and healthy mean follows from `data.sick`."""

import pytest

from jobs.report.labels import describe_labels

SUSPICION = "a radiologist's suspicion of cancer"
PROOF = "cancer that a biopsy had proven"


@pytest.mark.parametrize(
    ("sick", "meaning"),
    [
        ([6], f"BI-RADS 6: {PROOF}"),
        ([4, 5], f"BI-RADS 4 or 5: {SUSPICION}"),
        ([5], f"BI-RADS 5: {SUSPICION}"),
        ([4, 5, 6], f"BI-RADS 4, 5 or 6: {SUSPICION} (4 and 5) or {PROOF} (6)"),
        (
            [3, 4, 5, 6],
            f"BI-RADS 3, 4, 5 or 6: {SUSPICION} (4 and 5), {PROOF} (6) or "
            "a finding that is probably benign (3)",
        ),
        ([2], "BI-RADS 2: a benign finding"),
    ],
)
def test_who_is_sick(sick, meaning):
    """Category 6 is proven by a biopsy; 4 and 5 are suspected (ACR BI-RADS Atlas, 2013)."""
    assert describe_labels(sick).sick == meaning


@pytest.mark.parametrize(
    ("sick", "sentence"),
    [
        ([4, 5, 6], ""),
        ([3, 4, 5, 6], ""),
        ([4, 5], f"BI-RADS 6, {PROOF}, counts as healthy."),
        ([6], f"BI-RADS 4 and 5, {SUSPICION}, count as healthy."),
        ([5], f"BI-RADS 4 and 6, {SUSPICION} (4) or {PROOF} (6), count as healthy."),
    ],
)
def test_who_counts_as_healthy_against_expectation(sick, sentence):
    """Suspected or proven cancer among the healthy is said."""
    assert describe_labels(sick).healthy == sentence


def test_what_the_label_proves():
    """With 6 alone it is proof, and no radiologist's opinion; with 4 and 5 it is an opinion."""
    assert "radiologist" not in describe_labels([6]).limit
    assert describe_labels([6]).limit.startswith("Sick is what a biopsy had proven")
    assert "not the result of a biopsy" in describe_labels([4, 5]).limit
    assert "Only BI-RADS 6 was proven" in describe_labels([4, 5, 6]).limit
    assert "BI-RADS 6" not in describe_labels([4, 5]).limit
