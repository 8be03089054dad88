"""`evaluate`: what each value may be."""

from collections.abc import Callable

import pytest

Refused = Callable[[str], str]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("evaluate: {context: breast}", "evaluate.context must be one of none, exam; got 'breast'"),
        ("evaluate: {temperature: 2}", "evaluate.temperature must be one of none, fitted; got 2"),
        ("evaluate: {bootstrap: 1000001}", "evaluate.bootstrap must be at most 1,000,000; got"),
        ("evaluate: {bootstrap: 99}", "evaluate.bootstrap must be at least 100; got 99"),
    ],
)
def test_a_value_out_of_range(refused: Refused, text: str, message: str):
    """The key, the rule and the value."""
    assert refused(text).startswith(message)
