"""The inventory of a release: how many images of which kind it has, as text and as JSON."""

import dataclasses
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.data.inspection import Inspection
from mammo_tfds.release.contours import KINDS
from mammo_tfds.release.problems import Problem
from mammo_tfds.release.release import SICK, Release, is_sick

if TYPE_CHECKING:
    from rich.console import RenderableType

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Inventory:
    """How many there are in a release.

    Attributes:
        images, patients, breasts: how many in all.
        labels, views, sides, categories, densities, sizes: how many images of each.
        contours: how many contours of each kind.
    """

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


def take_inventory(
    release: Release, inspections: Iterable[Inspection], sick: Collection[int] = SICK
) -> Inventory:
    """Counts a release's images and contours.

    Args:
        release: with all of its problems.
        inspections: one for each record.
        sick: the BI-RADS categories of the sick class.
    """
    records = release.records
    kinds = Counter(contour.kind for record in records for contour in record.contours)
    sizes = (inspection.size for inspection in inspections)
    return Inventory(
        images=len(records),
        patients=len({record.patient for record in records}),
        breasts=len({(record.patient, record.side) for record in records}),
        labels=_count("sick" if is_sick(record.birads, sick) else "healthy" for record in records),
        views=_count(record.view for record in records),
        sides=_count(record.side for record in records),
        categories=_count(record.birads for record in records),
        densities=_count(str(record.density or "blank") for record in records),
        sizes=_count(f"{size[0]} x {size[1]}" if size else "not readable" for size in sizes),
        contours={kind: kinds[kind] for kind in KINDS if kinds[kind]},
    )


def _count(values: Iterable[str]) -> Counts:
    return dict(sorted(Counter(values).items()))


def as_json(release: Release, inventory: Inventory, decoded: bool) -> str:
    """The inventory and the problems as one JSON document.

    Args:
        release: with all of its problems.
        inventory: the release's.
        decoded: whether the pixels were read.
    """
    document = {
        "release": str(release.folder),
        "usable": not any(problem.fatal for problem in release.problems),
        "decoded": decoded,
        **dataclasses.asdict(inventory),
        "problems": [dataclasses.asdict(problem) for problem in release.problems],
    }
    return json.dumps(document, indent=2) + "\n"


def as_text(release: Release, inventory: Inventory, decoded: bool) -> str:
    """The inventory as tables, as many side by side as the terminal is wide, and the problems.

    A problem is one line however narrow the terminal is, so that it can be searched and copied.

    Args:
        release: with all of its problems.
        inventory: the release's.
        decoded: whether the pixels were read.
    """
    from rich.console import Console

    console = Console(highlight=False)
    with console.capture() as capture:
        if inventory.images:
            console.print(_tables(inventory), "")
        # The most important comes last, just above the shell's prompt.
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
    warnings = len(release.problems) - errors
    word, style = ("not usable", "bold red") if errors else ("usable", "bold green")
    how = "" if decoded else "; pixels were not read (--quick)"
    return Text.assemble(
        (word, style), f": {_many(errors, 'error')}, {_many(warnings, 'warning')}{how}"
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
