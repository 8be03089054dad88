"""release -> what is in it, and every problem. Reads a release folder; writes to stdout alone."""

import argparse
import dataclasses
import functools
import json
import multiprocessing
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.common.errors import DataError
from jobs.common.progress import Watch
from jobs.common.resources import thread_count
from mammo_tfds.release.contours import KINDS, count_outside
from mammo_tfds.release.problems import Problem, ProblemLog
from mammo_tfds.release.release import Record, Release, ReleaseError, is_sick, read_release

if TYPE_CHECKING:
    from rich.console import RenderableType

Counts = Mapping[str, int]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RELEASE, --json and --quick."""
    parser.add_argument(
        "release", type=Path, metavar="RELEASE", help="the INbreast release, or a folder it lies in"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document, for machines")
    parser.add_argument(
        "--quick", action="store_true", help="read the images' headers only, not their pixels"
    )


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Says on stdout what is in the release, and what is wrong with it.

    Raises:
        DataError: the release cannot be used; names the first problem that keeps it from being.
    """
    release = read_release(options.release)
    looks = look_at_all(release.records, decode=not options.quick, watch=watch)
    release = with_findings(release, looks)
    inventory = take_inventory(release, looks)
    show = as_json if options.json else as_text
    sys.stdout.write(show(release, inventory, decoded=not options.quick))
    try:
        release.require_usable()
    except ReleaseError as error:
        raise DataError(str(error)) from error


@dataclass(frozen=True)
class Look:
    """What one image file turned out to be, or what is wrong with it.

    Attributes:
        size: (rows, columns).
        picture: the hash of its pixels, where they were read.
        fault: why it is no mammogram.
    """

    size: tuple[int, int] | None = None
    picture: str | None = None
    fault: str | None = None


def look_at(path: Path, decode: bool) -> Look:
    """Decodes an image, or reads its header only; blank and damaged ones have a fault."""
    from mammo_tfds.pixels.read import PixelError, image_size, pixels_sha256, read_pixels

    try:
        if not decode:
            return Look(image_size(path))
        pixels = read_pixels(path)
    except PixelError as error:
        return Look(fault=str(error).removeprefix(f"{path.name}: "))
    except OSError as error:
        return Look(fault=f"cannot be read: {error.strerror or error}")
    rows, columns = pixels.shape
    return Look((rows, columns), pixels_sha256(pixels))


def look_at_all(records: Sequence[Record], decode: bool, watch: Watch) -> list[Look]:
    """Looks at each record's image, on all cores."""
    if not records:
        return []
    pool = ProcessPoolExecutor(
        min(thread_count(), len(records)),
        multiprocessing.get_context("spawn"),
        # Ctrl-C reaches the workers, too; this process is the one to say so.
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    looks = []
    try:
        paths = [record.path for record in records]
        for look in pool.map(functools.partial(look_at, decode=decode), paths):
            looks.append(look)
            watch("reading images", len(looks), len(records))
    finally:
        pool.shutdown(cancel_futures=True)
    return looks


def with_findings(release: Release, looks: Iterable[Look]) -> Release:
    """The release with the problems that only its images show."""
    log = ProblemLog(release.folder, list(release.problems))
    pictures: dict[str, Record] = {}
    for record, look in zip(release.records, looks, strict=True):
        if look.fault:
            log.fatal(record.path, look.fault)
        elif look.size and (count := count_outside(record.contours, look.size)):
            rule = f"{count} of {len(record.contours)} contours reach outside the image "
            rule += f"({_size(look.size)}); what is outside is cut off"
            log.warning(release.contour_files[record.image_id], rule)
        if look.picture:
            _compare(record, pictures.setdefault(look.picture, record), log)
    return dataclasses.replace(release, problems=log.sorted_problems())


def _compare(record: Record, first: Record, log: ProblemLog) -> None:
    """Notes an image whose pixels were there before, in `first`.

    Within a patient that leaks nothing; of two patients, splits may put it on both sides.
    """
    if first is record:
        return
    twin, advice = f"is pixel for pixel {log.relative_name(first.path)}", "leave one of them out"
    if first.patient == record.patient:
        log.warning(record.path, f"{twin}, and counts twice; {advice}")
    else:
        log.fatal(record.path, f"{twin}, of another patient; {advice}")


@dataclass(frozen=True)
class Inventory:
    """What there is of what: the number of images in each group, of contours in `contours`."""

    images: int
    patients: int
    breasts: int
    labels: Counts
    views: Counts
    sides: Counts
    categories: Counts
    densities: Counts
    sizes: Counts
    contours: Counts


def take_inventory(release: Release, looks: Iterable[Look]) -> Inventory:
    """Counts a release's images and contours."""
    records = release.records
    kinds = Counter(contour.kind for record in records for contour in record.contours)
    return Inventory(
        images=len(records),
        patients=len({record.patient for record in records}),
        breasts=len({(record.patient, record.side) for record in records}),
        labels=_count("sick" if is_sick(record.birads) else "healthy" for record in records),
        views=_count(record.view for record in records),
        sides=_count(record.side for record in records),
        categories=_count(record.birads for record in records),
        densities=_count(str(record.density or "blank") for record in records),
        sizes=_count(_size(look.size) if look.size else "not readable" for look in looks),
        contours={kind: kinds[kind] for kind in KINDS if kinds[kind]},
    )


def _count(values: Iterable[str]) -> Counts:
    return dict(sorted(Counter(values).items()))


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def as_json(release: Release, inventory: Inventory, decoded: bool) -> str:
    """The inventory and the problems as one JSON document; `decoded` says if pixels were read."""
    document = {
        "release": str(release.folder),
        "usable": not any(problem.fatal for problem in release.problems),
        "decoded": decoded,
        **dataclasses.asdict(inventory),
        "problems": [dataclasses.asdict(problem) for problem in release.problems],
    }
    return json.dumps(document, indent=2) + "\n"


def as_text(release: Release, inventory: Inventory, decoded: bool) -> str:
    """The inventory as tables, as many abreast as the terminal has room for, and the problems.

    A problem is one line however narrow the terminal, so that it can be searched and copied.
    """
    from rich.console import Console

    console = Console(highlight=False)
    with console.capture() as capture:
        if inventory.images:
            console.print(_tables(inventory), "")
        # What matters most stands last, where the terminal's reader is.
        for problem in sorted(release.problems, key=lambda each: each.fatal):
            console.print(_problem(problem), soft_wrap=True)
        console.print(_verdict(release, decoded), soft_wrap=True)
    return capture.get()


def _tables(inventory: Inventory) -> "RenderableType":
    from rich.columns import Columns

    totals = {name: getattr(inventory, name) for name in ("images", "patients", "breasts")}
    groups = {
        "Release": totals,
        "Label": inventory.labels,
        "BI-RADS": inventory.categories,
        "View": inventory.views,
        "Side": inventory.sides,
        "Density": inventory.densities,
        "Size": inventory.sizes,
        "Contours": inventory.contours or {"none": 0},
    }
    return Columns((_table(*group) for group in groups.items()), padding=(1, 4))


def _table(title: str, counts: Counts) -> "RenderableType":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(title)
    table.add_column("", justify="right")
    for name, count in counts.items():
        table.add_row(name, f"{count:,}")
    return table


def _problem(problem: Problem) -> "RenderableType":
    from rich.text import Text

    word, style = ("error", "bold red") if problem.fatal else ("warning", "yellow")
    return Text.assemble((f"{word:7}", style), f" {problem}")


def _verdict(release: Release, decoded: bool) -> "RenderableType":
    from rich.text import Text

    errors = sum(problem.fatal for problem in release.problems)
    counts = f"{_many(errors, 'error')}, {_many(len(release.problems) - errors, 'warning')}"
    word, style = ("not usable", "bold red") if errors else ("usable", "bold green")
    how = "" if decoded else "; pixels were not read (--quick)"
    return Text.assemble((word, style), f": {counts}{how}")


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
