"""nothing -> release. Writes an INbreast-shaped release of synthetic mammograms from a seed."""

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jobs.common import resources
from jobs.common.atomic_write import name_errors, rename_if_absent, sync, temporary_folder
from jobs.common.errors import CannotCreateError, UsageError
from jobs.common.progress import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`mammo phantom OUT`."""
    parser.add_argument("out", type=Path, metavar="OUT", help="a folder that is new or empty")
    parser.add_argument("--seed", type=int, default=20, help="another seed, other patients")
    # INbreast's own number; any other keeps its proportions.
    parser.add_argument("--patients", type=int, default=108, help="how many patients")
    parser.add_argument(
        "--size", type=image_size, default=(1024, 832), metavar="ROWSxCOLS", help="of each image"
    )
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="also draw a contact sheet")


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Makes the release, or finds it there, then its contact sheet.

    Raises:
        UsageError: a number is out of its range, or the sheet's folder is not there.
        CannotCreateError: there is something in OUT, or it cannot be written.
    """
    from mammo_tfds.phantom import draw_contact_sheet, is_made

    if options.sheet and not options.sheet.parent.is_dir():
        raise UsageError(f"--sheet: there is no folder {options.sheet.parent}; make it first")
    wanted = {"seed": options.seed, "patients": options.patients, "size": options.size}
    try:
        if is_made(options.out, **wanted):
            sys.stdout.write(f"{options.out}: up to date\n")
        else:
            _make(options.out, wanted, watch)
    except FileExistsError as error:
        raise CannotCreateError(str(error)) from error
    except ValueError as error:
        raise UsageError(f"mammo phantom: {error}") from error
    if options.sheet:
        with name_errors(options.sheet):
            draw_contact_sheet(options.out, options.sheet)


def _make(out: Path, wanted: Mapping[str, Any], watch: Watch) -> None:
    """Makes the release aside; it appears when it is whole, and on the disk.

    Raises:
        FileExistsError: there is something in `out`, or it is a file.
        ValueError: an argument is out of its range.
    """
    from mammo_tfds.phantom import is_made, make_release, require_empty

    require_empty(out)
    with temporary_folder(out) as aside:
        make_release(aside, **wanted, watch=watch, threads=resources.thread_count())
        for path in (aside, *aside.rglob("*")):
            sync(path)
        if not rename_if_absent(aside, out) and not is_made(out, **wanted):
            require_empty(out)


def image_size(text: str) -> tuple[int, int]:
    """Reads "1024x832": rows, then columns.

    Raises:
        UsageError: it is not two numbers.
    """
    match = re.fullmatch(r"(\d{1,5})[xX](\d{1,5})", text)
    if not match:
        raise UsageError(f"--size must be ROWSxCOLS, such as 1024x832; got {text!r}")
    return int(match[1]), int(match[2])
