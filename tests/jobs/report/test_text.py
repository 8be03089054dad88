"""Numbers as a reader wants them."""

import pytest

from jobs.report import text as words

THIN = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("filtered", "text"),
    [
        (words.two(0.746), "0.75"),
        (words.two(-0.5), "\N{MINUS SIGN}0.50"),
        (words.two(None), "\N{EN DASH}"),
        (words.interval({"low": 0.6, "high": 1.0, "reason": None}), "0.60 to 1.00"),
        (words.interval({"low": None, "high": None, "reason": "few"}), "no interval: few"),
        (words.span({"low": 0.6, "high": 1.0, "reason": None}), "0.60\N{EN DASH}1.00"),
        (words.span({"low": None, "high": None, "reason": "few"}), "few"),
        (words.percent(0.5), f"50{THIN}%"),
        (words.percent(None), "\N{EN DASH}"),
        (words.whole(1234), "1,234"),
        (words.whole(0), "\N{EN DASH}"),
        (words.count(1, "image"), "1 image"),
        (words.count(1410, "image"), "1,410 images"),
        (words.count(2, "category"), "2 categories"),
        (words.spelled(0), "no"),
        (words.spelled(5), "five"),
        (words.spelled(12), "twelve"),
        (words.spelled(13), "13"),
        (words.listing([]), ""),
        (words.listing(["a"]), "a"),
        (words.listing(["a", "b", "c"]), "a, b and c"),
        (words.listing(["4", "5", "6"], "or"), "4, 5 or 6"),
        (words.duration(0.04), "0.0 s"),
        (words.duration(42.3), "42 s"),
        (words.duration(59.7), "1 min 00 s"),
        (words.duration(192), "3 min 12 s"),
        (words.duration(3840), "1 h 04 min"),
    ],
)
def test_words(filtered, text):
    """Each filter's forms, at their edges."""
    assert filtered == text
