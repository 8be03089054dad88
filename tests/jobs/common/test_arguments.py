"""The command-line options that stages share."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.common import arguments
from jobs.common.errors import ExitCode, UsageError


def parsed(add: Callable[[argparse.ArgumentParser], None], *arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add(parser)
    return parser.parse_args(arguments)


@pytest.mark.parametrize(
    ("add", "option"),
    [
        (arguments.add_root, "--root"),
        (arguments.add_config, "--config"),
        (arguments.add_release, "--release"),
    ],
)
def test_folders_and_files_are_paths(add: Callable, option: str):
    """--root, --config and --release are required, and are paths."""
    given = parsed(add, option, "some/where")
    assert vars(given)[option.removeprefix("--")] == Path("some/where")
    with pytest.raises((SystemExit, argparse.ArgumentError)):
        parsed(add)


def test_keys_may_be_set_several_times():
    """--set KEY=VALUE: which keys there are, and what a value must be, the configuration says."""
    assert parsed(arguments.add_overrides).overrides == []
    given = parsed(arguments.add_overrides, "--set", "train.epochs=3", "--set=model.weights=a=b")
    assert given.overrides == ["train.epochs=3", "model.weights=a=b"]


@pytest.mark.parametrize("text", ["train.epochs", "", "=3", "train.epochs 3", "train epochs=3"])
def test_what_sets_nothing(text: str):
    """Exit 64: the form, and what was given."""
    with pytest.raises(UsageError, match=r"--set must be KEY=VALUE, such as train\.epochs=3; got"):
        parsed(arguments.add_overrides, f"--set={text}")


def test_a_run_has_a_name():
    """--run is required."""
    assert parsed(arguments.add_run, "--run", "first").run == "first"
    with pytest.raises((SystemExit, argparse.ArgumentError)):
        parsed(arguments.add_run)


@pytest.mark.parametrize("name", ["a", "7", "study", "mixed8-299_2.1", "A" * 63])
def test_a_name_that_is_safe_everywhere(name: str):
    """Letters, digits, dots, underscores and hyphens, a letter or digit first."""
    assert arguments.run_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "-a", "_a", "a/b", "../a", "a b", "a\n", "größe", "A" * 64]
)
def test_a_name_that_is_not(name: str):
    """Exit 64: the rule and the name; nothing that leaves ROOT/runs."""
    with pytest.raises(UsageError, match="--run must be letters, digits") as caught:
        parsed(arguments.add_run, f"--run={name}")
    assert repr(name) in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE == 64


def test_seconds_to_wait():
    """A whole number, 0 or more; 0 by default: whoever types a command waits for nothing."""
    assert parsed(arguments.add_wait).wait == 0
    assert parsed(arguments.add_wait, "--wait", "7200").wait == 7200
    for text in ("-1", "1.5", "1h", "", "inf"):
        with pytest.raises(UsageError, match="--wait must be a whole number of seconds"):
            parsed(arguments.add_wait, f"--wait={text}")
