"""The command-line options that stages share."""

import argparse
import re
from pathlib import Path

from jobs.common.errors import UsageError


def add_root(parser: argparse.ArgumentParser) -> None:
    """--root: the folder that all artifacts live under."""
    parser.add_argument(
        "--root", type=Path, required=True, metavar="DIR", help="where all artifacts live"
    )


def add_config(parser: argparse.ArgumentParser) -> None:
    """--config and --set: the study.yaml, and keys of it that have other values."""
    parser.add_argument(
        "--config", type=Path, required=True, metavar="STUDY_YAML", help="what the study is"
    )
    add_overrides(parser)


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """--set: keys of study.yaml that have other values."""
    parser.add_argument(
        "--set",
        dest="overrides",
        type=override,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="another value for a key of study.yaml, such as train.epochs=3; can be given several "
        "times (default: what study.yaml says)",
    )


def add_release(parser: argparse.ArgumentParser) -> None:
    """--release: the folder with AllDICOMs and INbreast.csv."""
    parser.add_argument(
        "--release", type=Path, required=True, metavar="DIR", help="the INbreast release"
    )


def add_run(parser: argparse.ArgumentParser) -> None:
    """--run: a name for this configuration's models and figures."""
    parser.add_argument(
        "--run",
        type=run_name,
        required=True,
        metavar="NAME",
        help="the run's name: its models, figures and report lie in ROOT/runs/NAME",
    )


def add_wait(parser: argparse.ArgumentParser) -> None:
    """--wait: for how long an input that is not there yet is looked for."""
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=0,
        metavar="SECONDS",
        help="how long to wait for an input that is not there yet, before it ends with 69 "
        "(default: %(default)s)",
    )


def add_worker(parser: argparse.ArgumentParser) -> None:
    """--worker: which of several this is."""
    parser.add_argument(
        "--worker",
        type=int,
        default=0,
        metavar="I",
        help="which of the workers this is, from 0 (default: %(default)s)",
    )


def add_workers(parser: argparse.ArgumentParser, what: str) -> None:
    """--worker and --workers: which of several that share a stage's `what` this is."""
    add_worker(parser)
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help=f"how many share the {what} (default: %(default)s)",
    )


def worker_of(options: argparse.Namespace) -> tuple[int, int]:
    """Which of the workers this is, from 0, and how many there are.

    Raises:
        UsageError: there is no such worker.
    """
    if options.workers < 1:
        raise UsageError(f"--workers must be at least 1; got {options.workers}")
    if not 0 <= options.worker < options.workers:
        raise UsageError(
            f"--worker must be from 0 to {options.workers - 1} (--workers less one); "
            f"got {options.worker}"
        )
    return options.worker, options.workers


def _seconds(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise UsageError(f"--wait must be a whole number of seconds, 0 or more; got {text!r}")
    return int(text)


def override(text: str) -> str:
    """Checks the form of KEY=VALUE; which keys there are, the configuration knows.

    Raises:
        UsageError: there is no key, or no =.
    """
    if not re.match(r"[^=\s]+=", text):
        raise UsageError(f"--set must be KEY=VALUE, such as train.epochs=3; got {text!r}")
    return text


def run_name(text: str) -> str:
    """Checks the name of a run: a folder's name that is safe on any file system.

    Raises:
        UsageError: it is too long, has a character that is not a letter, a digit, `.`, `_` or `-`,
            or does not start with a letter or digit.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", text):
        raise UsageError(
            f"--run must be letters, digits, '.', '_' or '-', at most 63, and start with a letter "
            f"or digit; got {text!r}"
        )
    return text
