"""The table of protocols: for the terminal, for machines, as a page."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from jobs.inflation.protocols import HONEST, PROTOCOLS, Protocol
from jobs.report.render import render

_Figures = Mapping[str, Mapping[str, Any]]


def as_json(figures: _Figures) -> bytes:
    """By protocol, what `measure` found, with its mark."""
    marked = {
        protocol.name: {**figures[protocol.name], "mark": protocol.mark} for protocol in PROTOCOLS
    }
    return f"{json.dumps(marked, indent=1)}\n".encode()


def as_csv(figures: _Figures) -> bytes:
    """A line for each protocol."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("mark", "protocol", "auc", "low", "high", "more", "cases", "sick", "why"))
    for protocol, figure, more in _rows(figures):
        numbers = [_digits(figure.get(name)) for name in ("value", "low", "high")]
        counts = [figure.get(name, "") for name in ("cases", "sick")]
        why = protocol.flaw or "the protocol of mammo study"
        writer.writerow((protocol.mark, protocol.title, *numbers, _digits(more), *counts, why))
    return text.getvalue().encode()


def as_text(figures: _Figures) -> str:
    """The table for a terminal."""
    lines = [f"{'':9}{'protocol':76}{'AUC (95 % interval)':24}{'more':>7}"]
    for protocol, figure, more in _rows(figures):
        title = f"{protocol.mark:9}{protocol.title:76}"
        if figure.get("value") is None:
            lines.append(f"{title}not measured: {figure.get('reason')}")
            continue
        interval = figure["reason"] or f"{figure['low']:.3f}-{figure['high']:.3f}"
        note = f"  {figure['note']}" if "note" in figure else ""
        value = f"{figure['value']:.3f} ({interval})"
        lines.append(f"{title}{value:24}{'' if more is None else f'{more:+.3f}':>7}{note}")
    return "\n".join(lines) + "\n"


def as_page(figures: _Figures, seeds: int, synthetic: bool) -> bytes:
    """The table as a page that opens offline."""
    rows = [
        {"protocol": protocol, "mark": protocol.mark, "figure": figure, "more": more}
        for protocol, figure, more in _rows(figures)
    ]
    context = {"rows": rows, "seeds": seeds, "synthetic": synthetic}
    return render(context, "inflation.html.j2").encode()


def _rows(figures: _Figures) -> Iterator[tuple[Protocol, Mapping[str, Any], float | None]]:
    """Each protocol, its figure, and how much more that is than the honest one."""
    honest = figures[HONEST.name]["value"]
    for protocol in PROTOCOLS:
        figure = figures[protocol.name]
        value = figure.get("value")
        yield protocol, figure, value - honest if protocol.flaw and value is not None else None


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"
