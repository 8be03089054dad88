"""`data` and `views`: what each value may be."""

from collections.abc import Callable

import pytest

Refused = Callable[[str], str]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data: {sick: []}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [7]}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [4, 4]}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [0, 1, 2, 3, 4, 5, 6]}", "data.sick must be some, not all, of the BI-RADS"),
        ("data: {folds: 0}", "data.folds must be at least 2; got 0"),
        ("data: {folds: 1}", "data.folds must be at least 2; got 1"),
        ("data: {test: 0}", "data.test must be between 0 and 1; got 0.0"),
        ("data: {test: 1}", "data.test must be between 0 and 1; got 1.0"),
        ("data: {window: 0}", "data.window must be at least 1; got 0"),
        ("data: {window: -1}", "data.window must be at least 1; got -1"),
        ("views: {size: [74, 299]}", "views.size must be at least 75 x 75 (rows, columns); got"),
        (
            "views: {window: [50, 50]}",
            "views.window must be two rising percentiles; got (50.0, 50.0)",
        ),
        ("views: {window: [-1, 50]}", "views.window must be two rising percentiles"),
        ("views: {window: [1, 101]}", "views.window must be two rising percentiles"),
        ("views: {healthy: 0}", "views.healthy must be at least 1; got 0"),
        ("views: {sick: 0}", "views.sick must be at least 1; got 0"),
        ("views: {flip: 1.1}", "views.flip must be a probability; got 1.1"),
        ("views: {crop: 0.5}", "views.crop must be at least 0 and below 0.5; got 0.5"),
        ("views: {contrast: 1}", "views.contrast must be at least 0 and below 1; got 1.0"),
        ("views: {brightness: 2}", "views.brightness must be between 0 and 1; got 2.0"),
        ("views: {noise: -0.1}", "views.noise must be between 0 and 1; got -0.1"),
        ("views: {select: fb}", "views.select must be one of all, cc, mlo; got 'fb'"),
        ("views: {rotation: -1}", "views.rotation must be from 0 to 180; got -1.0"),
        ("views: {rotation: 181}", "views.rotation must be from 0 to 180; got 181.0"),
        ("views: {elastic: 0.06}", "views.elastic must be from 0 to 0.05, beyond which a view may"),
        ("views: {elastic: -0.01}", "views.elastic must be from 0 to 0.05"),
        ("data: {folds: 100001}", "data.folds must be at most 100,000; got 100001"),
        ("views: {sick: 100001}", "views.sick must be at most 100,000; got 100001"),
        ("views: {size: [299, 10001]}", "views.size must be at most 10,000 x 10,000; got (299, 1"),
        (
            "{data: {order: augment-first}, train: {live: true}}",
            "data.order must be split-first where train.live is true: its views are new in every",
        ),
        (
            "{data: {order: augment-first}, views: {healthy: 4}}",
            "views.healthy must be at least data.folds where data.order is augment-first",
        ),
    ],
)
def test_a_value_out_of_range(refused: Refused, text: str, message: str):
    """The key, the rule and the value."""
    assert refused(text).startswith(message)
