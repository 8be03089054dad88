"""The table of protocols: every figure but the first is marked."""

import csv
import io
import json
from typing import Any

from jobs.inflation.protocols import HONEST, MARK, PATCHES, PROTOCOLS
from jobs.inflation.table import as_csv, as_json, as_page, as_text

FIGURES: dict[str, dict[str, Any]] = {
    protocol.name: {
        "value": 0.7 + place / 100,
        "low": 0.6,
        "high": 0.8,
        "skipped": 0,
        "reason": "",
        "cases": 40,
        "sick": 10,
    }
    for place, protocol in enumerate(PROTOCOLS)
}
FIGURES[PATCHES.name] = {"reason": "there are no contours of sick images"}


def test_every_figure_but_the_honest_one_is_marked():
    """In each form; the honest one never is."""
    rows = list(csv.DictReader(io.StringIO(as_csv(FIGURES).decode())))
    assert [row["mark"] for row in rows] == ["", *[MARK] * (len(PROTOCOLS) - 1)]
    marked = json.loads(as_json(FIGURES))
    assert [name for name, row in marked.items() if not row["mark"]] == [HONEST.name]
    _, *lines = as_text(FIGURES).splitlines()
    assert [line.startswith(MARK) for line in lines] == [False, *[True] * (len(lines) - 1)]
    page = as_page(FIGURES, 3, synthetic=False).decode()
    assert page.count(f"<strong>{MARK}</strong>") == len(PROTOCOLS) - 1


def test_more_is_more_than_the_honest_figure():
    rows = list(csv.DictReader(io.StringIO(as_csv(FIGURES).decode())))
    assert [row["more"] for row in rows[:3]] == ["", "0.0100", "0.0200"]


def test_what_was_not_measured_says_why():
    """No number stands in for it."""
    for made in (as_text(FIGURES), as_page(FIGURES, 3, synthetic=False).decode()):
        assert "not measured: there are no contours of sick images" in made


def test_a_page_of_synthetic_images_says_so():
    pages = [as_page(FIGURES, 1, synthetic=each).decode() for each in (True, False)]
    assert ["synthetic" in page for page in pages] == [True, False]
