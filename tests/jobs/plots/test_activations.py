"""A unit's highest values by label."""

from jobs.plots.activations import ActivationsDisplay
from jobs.plots.svg import to_svg

DISPLAY = ActivationsDisplay("mixed7/31", (0.0, 0.1, 0.4), (0.5, 0.9))


def test_both_labels_are_drawn():
    """With the unit's name, and a legend."""
    drawn = to_svg(DISPLAY, "activations")
    assert "mixed7/31" in drawn
    assert "healthy" in drawn and "sick" in drawn


def test_the_alt_text_has_medians_and_counts():
    """For those who cannot see the picture."""
    assert DISPLAY.alt_text() == (
        "Highest value of mixed7/31: median 0.1 in 3 healthy images, 0.7 in 2 sick ones."
    )


def test_a_unit_that_is_always_the_same():
    """All in one bin, and no error."""
    assert "<svg" in to_svg(ActivationsDisplay("dead", (0.0,), (0.0,)), "dead")
