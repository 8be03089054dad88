"""checks.json -> one table in the terminal: a verdict a method, in words."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jobs.explain.checks.baselines import BASELINE_TITLES
from jobs.explain.checks.expectations import CHECKS, FAILS, PASSES

if TYPE_CHECKING:
    from rich.console import RenderableType

HEADINGS = {
    "random_layers": "random layers",
    "random_head": "random head",
    "permuted_labels": "permuted labels",
    "rank_one": "rank one",
    "other_folds": "other folds",
    "other_seed": "other seed",
    "pointing": "pointing",
    "faithful": "faithful",
}
_MARKS = {PASSES: "passes", FAILS: "FAILS", None: "-"}


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
    table.add_row("method", *(HEADINGS[check] for check in shown), "hits lesions", style="bold")
    for name, one in checks["methods"].items():
        outcomes = one["checks"]
        cells = [_mark(outcomes[check]) for check in shown]
        table.add_row(one["title"], *cells, hits(checks, name))
    for name, title in BASELINE_TITLES.items():
        if name in checks["localisation"]:
            table.add_row(title, *("" for _ in shown), hits(checks, name), style="dim")
    return Group(table, "", *_verdicts(checks), *_shortcuts(checks))


def hits(checks: Mapping[str, Any], method: str) -> str:
    """How often a map points at a lesion, with its interval, and by chance."""
    found = checks["localisation"].get(method)
    if not found:
        return "-"
    one, chance = found["pointing"], found["chance"]["value"]
    interval = one["reason"] or f"{one['low']:.2f}-{one['high']:.2f}"
    return f"{one['value']:.2f} ({interval}), chance {chance:.2f}"


def _decided(checks: Mapping[str, Any], check: str) -> bool:
    return any(one["checks"][check]["verdict"] for one in checks["methods"].values())


def _mark(outcome: Mapping[str, Any]) -> str:
    return _MARKS[outcome["verdict"]] + ("*" if outcome["surprise"] else "")


def _verdicts(checks: Mapping[str, Any]) -> Iterator[str]:
    for one in checks["methods"].values():
        yield f"{one['title']}: {one['verdict']}. {one['meaning']}"


def _shortcuts(checks: Mapping[str, Any]) -> Iterator[str]:
    if not checks["shortcuts"]:
        return
    yield ""
    for one in checks["shortcuts"].values():
        auc = one["auc"]
        interval = auc["reason"] or f"{auc['low']:.2f}-{auc['high']:.2f}"
        yield f"AUC {auc['value']:.2f} ({interval}) on {one['what']}; {one['images']} images"
