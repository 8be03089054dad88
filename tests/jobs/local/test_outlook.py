"""What a study has to do, and what will stop it."""

from argparse import Namespace

import pytest

from jobs.artifacts.plan import Outcome, Result
from jobs.common.errors import ConfigError, DataError, MissingInputError
from jobs.local.manifests.pod import Step
from jobs.local.outlook import look_ahead

MADE = Result(Outcome.UP_TO_DATE)
STEPS = [Step(name, None, (name,), options=Namespace(command=name)) for name in ("a", "b", "c")]


def look(asked: dict[str, object], foreseen: dict[str, Exception] | None = None, steps=STEPS):
    """The outlook where steps answer so: a result, None, or an error that they raise."""

    def ask(step: Step) -> Result | None:
        if isinstance(answer := asked.get(step.job), BaseException):
            raise answer
        return answer  # type: ignore[return-value]

    def foresee(step: Step) -> None:
        if error := (foreseen or {}).get(step.job):
            raise error

    return look_ahead(steps, ask, foresee)


def test_what_is_settled_and_what_is_not():
    """A step that has something to make is looked into further."""
    outlook = look({"a": MADE}, {"a": DataError("never asked"), "b": DataError("odd")})
    assert {step.job for step in outlook.settled} == {"a"}
    assert [str(each) for each in outlook.problems] == ["odd"]


def test_an_input_that_an_earlier_step_makes():
    """It is no problem; if all before it is made, nothing will make it."""
    missing = MissingInputError("b is missing")
    assert not look({"b": missing}).problems
    assert look({"a": MADE, "b": missing}).problems == (missing,)


def test_problems_are_told_once_in_the_order_of_the_steps():
    """Whether planning a step shows them, or the step itself foresees them."""
    config = ConfigError("too many folds")
    outlook = look({"a": config, "b": ConfigError("too many folds")}, {"c": DataError("odd")})
    assert [str(each) for each in outlook.problems] == ["too many folds", "odd"]


def test_only_a_phantom_makes_a_release():
    """That weights are still to be made does not bring one; nor does a phantom bring a run."""
    missing = MissingInputError("no release")
    prepare = Step("b", None, ("b",), options=Namespace(command="b", release=None))
    steps = [STEPS[0], prepare, STEPS[2]]
    assert look({}, {"b": missing}, steps).problems == (missing,)
    phantom = Step("phantom", None, ("phantom",), options=Namespace(command="phantom"))
    assert not look({}, {"b": missing}, [phantom, *steps]).problems
    no_run = MissingInputError("no run to start from")
    assert look({}, {"c": no_run}, [phantom, *steps]).problems == (no_run,)


def test_a_crash_is_none_of_the_problems():
    """It is the program's fault, and shown as that."""
    with pytest.raises(ZeroDivisionError):
        look({"b": ZeroDivisionError()})
