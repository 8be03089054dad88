"""The page of a search: what the choice is worth, the best setting, history, importance, cost."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from jobs.plots.bars import BarsDisplay
from jobs.plots.search_history import SearchHistoryDisplay
from jobs.plots.svg import to_svg
from jobs.report.render import render

_TEMPLATE = "search.html.j2"


def render_search(document: Mapping[str, Any], asked: int, notes: list[dict[str, str]]) -> str:
    """The page, which opens offline.

    Args:
        document: search.json.
        asked: how many trials there are to be.
        notes: what must be said before any figure, each with a `title` and a `text`.
    """
    history = SearchHistoryDisplay.from_figures(document["trials"])
    context = {
        **document,
        "asked": asked,
        "notes": notes,
        "reservation": reservation(**document["space"]["config"]),
        "history": Markup(to_svg(history, "history")),
        "importances": [
            (variant, Markup(to_svg(_bars(shares), f"importance-{number}")))
            for number, (variant, shares) in enumerate(document["importance"].items())
        ],
        "trials": [{**trial, "shown": _shown(trial)} for trial in document["trials"]],
    }
    return render(context, _TEMPLATE)


def reservation(sampler: str, prune: bool, **_: object) -> str:
    """What the nested figure owes, for all that, to the fold that it is of.

    Examples:
        >>> reservation("random", prune=False).split(",")[0]
        'Settings were drawn at random and none was given up'
    """
    trained = "the heads a setting was chosen by were trained on the fold that is scored."
    if sampler != "random":
        steered = "tried next and given up" if prune else "tried next"
        return (
            f"Which settings were {steered} was steered by the scores of all folds, and {trained}"
        )
    if prune:
        return f"Settings were given up by the scores of all folds, and {trained}"
    return (
        "Settings were drawn at random and none was given up, so that a fold's own AUC chose "
        "nothing of its figure; but the heads it was chosen by were trained on that fold."
    )


def _bars(shares: Mapping[str, float]) -> BarsDisplay:
    return BarsDisplay({name.rpartition(":")[2]: share for name, share in shares.items()}, "share")


def _shown(trial: Mapping[str, Any]) -> str:
    settings = (
        f"{key.rpartition('.')[2]}={_short(value)}" for key, value in trial["settings"].items()
    )
    return " ".join(filter(None, [trial["variant"], *settings]))


def _short(text: str) -> str:
    """A number with three digits; anything else as it is."""
    try:
        return text if text.lstrip("-").isdigit() else f"{float(text):.3g}"
    except ValueError:
        return text
