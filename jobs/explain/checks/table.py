"""checks.json -> one table in the terminal: a verdict a method, in words."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jobs.explain.checks.baselines import BASELINE_TITLES
from jobs.explain.checks.expectations import CHECKS, FAILS, PASSES

if TYPE_CHECKING:
    from rich.console import RenderableType

HEADINGS = {
    "random_layers": "random\nlayers",
    "random_head": "random\nhead",
    "permuted_labels": "permuted\nlabels",
    "rank_one": "rank\none",
    "other_folds": "other\nfolds",
    "other_seed": "other\nseed",
    "pointing": "pointing",
    "faithful": "faithful",
}
_MARKS = {PASSES: "pass", FAILS: "FAIL", None: "-"}
NARROWEST = 120
"""Columns: a narrower terminal wraps the table's lines."""


def checks_table(checks: Mapping[str, Any]) -> "RenderableType":
    """Each method's checks and figures, then each verdict, then the shortcuts.

    A `*` is a check that came out otherwise than was expected.

    Args:
        checks: the content of checks.json.
    """
    from rich.console import Group
    from rich.table import Table

    table = Table.grid(padding=(0, 1))
    shown = [check for check in CHECKS if _decided(checks, check)]
    headings = [HEADINGS[check] for check in shown]
    table.add_row("method", "verdict", *headings, "hits lesions", style="bold")
    for name, one in _measured(checks).items():
        cells = [_mark(one["checks"][check]) for check in shown]
        table.add_row(one["title"], one["verdict"], *cells, hits(checks, name))
    for name, title in BASELINE_TITLES.items():
        if name in checks["localisation"]:
            table.add_row(title, "", *("" for _ in shown), hits(checks, name), style="dim")
    return Group(table, *_chance(checks), "", *_verdicts(checks), *_shortcuts(checks))


def hits(checks: Mapping[str, Any], method: str) -> str:
    """How often a map points at a lesion, with its interval."""
    found = checks["localisation"].get(method)
    if not found:
        return "-"
    one = found["pointing"]
    interval = one["reason"] or f"{one['low']:.2f}-{one['high']:.2f}"
    return f"{one['value']:.2f} ({interval})"


def _chance(checks: Mapping[str, Any]) -> Iterator[str]:
    for one in list(checks["localisation"].values())[:1]:
        yield (
            f"A point anywhere in the breast hits in {one['chance']['value']:.2f} of "
            f"{one['images']} images of {one['patients']} patients."
        )
    count = checks["checked_patients"]
    yield (
        f"Random and other models: {count} image{'s' * (count != 1)}, each of another patient. "
        "* is not what was expected."
    )


def _decided(checks: Mapping[str, Any], check: str) -> bool:
    return any(one["checks"][check]["verdict"] for one in checks["methods"].values())


def _mark(outcome: Mapping[str, Any]) -> str:
    return _MARKS[outcome["verdict"]] + ("*" if outcome["surprise"] else "")


def _measured(checks: Mapping[str, Any]) -> Mapping[str, Any]:
    """The methods of which anything was measured: a local head's map is of no other head."""
    return {name: one for name, one in checks["methods"].items() if one["measured"]}


def _verdicts(checks: Mapping[str, Any]) -> Iterator[str]:
    for one in _measured(checks).values():
        yield f"{one['title']}: {one['verdict']}. {one['meaning']}"


def _shortcuts(checks: Mapping[str, Any]) -> Iterator[str]:
    if not checks["shortcuts"]:
        return
    yield ""
    for one in checks["shortcuts"].values():
        auc = one["auc"]
        interval = auc["reason"] or f"{auc['low']:.2f}-{auc['high']:.2f}"
        yield f"AUC {auc['value']:.2f} ({interval}) on {one['what']}; {one['images']} images"


def checks_text(checks: Mapping[str, Any]) -> str:
    """The same table as text, as wide as the terminal."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    console = Console(width=max(NARROWEST, console.width), highlight=False, markup=False)
    with console.capture() as captured:
        console.print(checks_table(checks))
    return captured.get()
