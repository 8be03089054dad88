"""The data table counts each image once."""

import pytest

from jobs.evaluation.cohort import count_images


@pytest.fixture(scope="module")
def counts(predictions, models):
    return count_images(predictions, models)


def test_columns_are_the_splits_and_all(counts):
    """Folds in their order, the test set, and the sum."""
    assert counts.columns == ("fold 0", "fold 1", "fold 2", "test", "all")


def test_every_group_adds_up(counts, predictions):
    """The last column is the sum of the splits: no patient is in two of them."""
    images = len({row.image_id for row in predictions})
    for group in counts.groups:
        for _, numbers in group.rows:
            assert numbers[-1] == sum(numbers[:-1])
    for title in ("BI-RADS", "Projection", "Density"):
        (group,) = (group for group in counts.groups if group.title == title)
        assert sum(numbers[-1] for _, numbers in group.rows) == images


def test_counts_of_the_synthetic_study(counts):
    """48 patients with two breasts and four images, every third sick in one breast."""
    assert counts.row("Patients", "all") == (12, 12, 12, 12, 48)
    assert counts.row("Patients", "sick") == (4, 4, 4, 4, 16)
    assert counts.row("Breasts", "all")[-1] == 96
    assert counts.row("Breasts", "sick")[-1] == 16
    assert counts.row("Images", "sick") == (8, 8, 8, 8, 32)
    assert counts.row("Density", "unknown")[-1] == 4
