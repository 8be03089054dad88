"""Waiting for inputs: how often and how long is looked, what is said, and how it ends."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.artifacts import waiting
from jobs.artifacts.waiting import SECONDS_BETWEEN_LOOKS, when_inputs_come
from jobs.common.errors import DataError, MissingInputError, StoppedError


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def after(clock: Clock, seconds: float) -> Callable[[], str]:
    """An attempt that succeeds once so much time has passed."""

    def attempt() -> str:
        if clock.now < seconds:
            raise MissingInputError("features/ab12 is missing: run mammo embed")
        return "made"

    return attempt


@given(come=st.floats(0, 100), wait=st.floats(0, 100))
def test_what_comes_in_time_is_found(come: float, wait: float):
    """Within two seconds; what does not come is looked for until the time is up, and then once."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(waiting, "time", clock)
        if come <= wait:
            assert when_inputs_come(after(clock, come), wait) == "made"
            assert come <= clock.now <= min(wait, come + SECONDS_BETWEEN_LOOKS)
        else:
            with pytest.raises(MissingInputError, match="run mammo embed"):
                when_inputs_come(after(clock, come), wait)
            assert clock.now == pytest.approx(wait)


def test_what_is_there_is_not_waited_for(capsys: pytest.CaptureFixture[str]):
    """Nothing is said of it."""
    assert when_inputs_come(lambda: "made", 60) == "made"
    assert capsys.readouterr().err == ""


def test_each_missing_input_is_named_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """`kubectl logs` says what a pod waits for."""
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)

    def attempt() -> None:
        if clock.now < 60:
            raise MissingInputError(
                "dataset is missing" if clock.now < 31 else "weights is missing"
            )

    when_inputs_come(attempt, 100)
    assert capsys.readouterr().err.splitlines() == [
        "mammo: waiting up to 100 s: dataset is missing",
        "mammo: waiting up to 68 s: weights is missing",
    ]


@pytest.mark.parametrize("error", [DataError("damaged"), StoppedError("stopped")])
def test_nothing_else_is_waited_for(error: BaseException):
    """A damaged input does not mend itself, and a stop is a stop."""

    def attempt() -> None:
        raise error

    with pytest.raises(type(error)):
        when_inputs_come(attempt, 60)
