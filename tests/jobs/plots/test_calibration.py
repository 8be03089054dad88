"""Mean probability against the share of the sick."""

from jobs.plots.calibration import CalibrationDisplay
from jobs.plots.svg import to_svg

CALIBRATION = {
    "mean_probability": 0.5,
    "share_sick": 0.4,
    "bins": [
        {
            "mean_probability": 0.2,
            "share_sick": 0.1,
            "cases": 20,
            "sick": 2,
            "interval": {"low": None, "high": None, "skipped": 0, "reason": "few patients"},
        },
        {
            "mean_probability": 0.8,
            "share_sick": 0.7,
            "cases": 20,
            "sick": 14,
            "interval": {"low": 0.5, "high": 0.9, "skipped": 0, "reason": None},
        },
    ],
}


def test_each_bin_is_a_point():
    """Both numbers of each bin, in order, with its counts."""
    bins = CalibrationDisplay.from_metrics(CALIBRATION).bins
    assert [each.probability for each in bins] == [0.2, 0.8]
    assert [each.share for each in bins] == [0.1, 0.7]
    drawn = to_svg(CalibrationDisplay.from_metrics(CALIBRATION), "calibration")
    assert "2/20" in drawn and "14/20" in drawn


def test_the_alt_text_has_all_numbers_of_each_bin():
    """For those who cannot see the picture: counts, and the interval or why there is none."""
    text = CalibrationDisplay.from_metrics(CALIBRATION).alt_text()
    assert text.endswith(
        "in bins: 0.20 against 0.10 (2 of 20; few patients); "
        "0.80 against 0.70 (14 of 20; 0.50 to 0.90)"
    )
