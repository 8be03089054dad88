"""nothing -> release. Writes an INbreast-shaped release of synthetic mammograms from a seed."""

import argparse
import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobs.artifacts.plan import Outcome, Plan, PlanChain
from jobs.common import resources
from jobs.common.atomic_write import name_errors, rename_if_absent, sync, temporary_folder
from jobs.common.errors import CannotCreateError, UsageError
from jobs.common.progress import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`mammo phantom OUT`."""
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder that is new or empty")
    parser.add_argument(
        "--seed", type=int, default=20, help="another seed, other patients (default: %(default)s)"
    )
    parser.add_argument(
        "--patients",
        type=int,
        default=108,
        help="how many patients; any number keeps INbreast's proportions (default: %(default)s, "
        "INbreast's own)",
    )
    parser.add_argument(
        "--size",
        type=image_size,
        default="1024x832",
        metavar="ROWSxCOLS",
        help="of each image (default: %(default)s, about a quarter of 4084x3328, the size of "
        "INbreast's largest)",
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="PNG", help="also draw a contact sheet (default: none)"
    )


def plan(options: argparse.Namespace, watch: Watch) -> Plan | PlanChain:
    """The release and, where it is asked for, its contact sheet.

    Raises:
        UsageError: the sheet's folder is not there.
    """
    if options.sheet and not options.sheet.parent.is_dir():
        raise UsageError(f"--sheet: there is no folder {options.sheet.parent}; make it first")
    wanted = {"seed": options.seed, "patients": options.patients, "size": options.size}
    release = ReleasePlan(options.out, wanted)
    if not options.sheet:
        return release
    return PlanChain((lambda: release, lambda: SheetPlan(options.sheet, options.out)))


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: something else lies where the release is to be made."""
    from mammo_tfds.phantom import require_empty

    with _convert_errors(options.out):
        require_empty(options.out)


@dataclass(frozen=True)
class ReleasePlan:
    """The plan of a synthetic release.

    Attributes:
        target: its folder.
        wanted: seed, patients and size.
    """

    target: Path
    wanted: Mapping[str, Any]

    def is_made(self) -> bool:
        """Whether the release is there.

        Raises:
            UsageError: a number is out of its range.
            CannotCreateError: something else is there.
        """
        from mammo_tfds.phantom import is_made

        with _convert_errors(self.target):
            return is_made(self.target, **self.wanted)

    def make(self, watch: Watch) -> Outcome:
        """Makes the release in a temporary folder, which is renamed when it is complete."""
        from mammo_tfds.phantom import is_made, make_release, require_empty

        with _convert_errors(self.target):
            require_empty(self.target)
            with temporary_folder(self.target) as aside:
                make_release(aside, **self.wanted, watch=watch, threads=resources.thread_count())
                for path in (aside, *aside.rglob("*")):
                    sync(path)
                if not rename_if_absent(aside, self.target) and not is_made(
                    self.target, **self.wanted
                ):
                    require_empty(self.target)
        return Outcome.MADE


@dataclass(frozen=True)
class SheetPlan:
    """The plan of a release's contact sheet, which is drawn anew each time."""

    target: Path
    release: Path

    def is_made(self) -> bool:
        return False

    def make(self, watch: Watch) -> Outcome:
        from mammo_tfds.phantom import draw_contact_sheet

        with name_errors(self.target):
            draw_contact_sheet(self.release, self.target)
        return Outcome.MADE


@contextlib.contextmanager
def _convert_errors(target: Path) -> Iterator[None]:
    """Turns the errors of the phantom into errors with exit codes."""
    try:
        yield
    except FileExistsError as error:
        raise CannotCreateError(
            f"{error}; to study what is there: mammo study --release {target}"
        ) from error
    except ValueError as error:
        raise UsageError(f"mammo phantom: {error}") from error


def image_size(text: str) -> tuple[int, int]:
    """Reads "1024x832": rows, then columns.

    Raises:
        UsageError: it is not two numbers.
    """
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    if not match:
        raise UsageError(f"--size must be ROWSxCOLS, such as 1024x832; got {text!r}")
    return int(match[1]), int(match[2])
