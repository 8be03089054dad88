"""Mean probability against the share of the sick."""

from jobs.plots.calibration import CalibrationDisplay

CALIBRATION = {
    "mean_probability": 0.5,
    "share_sick": 0.4,
    "bins": [
        {"mean_probability": 0.2, "share_sick": 0.1},
        {"mean_probability": 0.8, "share_sick": 0.7},
    ],
}


def test_each_bin_is_a_point():
    """Both numbers of each bin, in order."""
    display = CalibrationDisplay.from_metrics(CALIBRATION)
    assert display.probability.tolist() == [0.2, 0.8]
    assert display.share.tolist() == [0.1, 0.7]


def test_the_alt_text_has_both_numbers_of_each_bin():
    """For those who cannot see the picture."""
    text = CalibrationDisplay.from_metrics(CALIBRATION).alt_text()
    assert text.endswith("in bins: 0.20 against 0.10; 0.80 against 0.70")
