"""model_card.md."""

import re

import pytest

from jobs.report.model_card import render_card


@pytest.fixture
def card(inputs):
    return render_card(inputs)


def test_its_sections(card):
    """Intended use, data, figures, subgroups, limits, environment, and both checklists."""
    titles = re.findall(r"^## (.+)$", card, re.MULTILINE)
    assert titles == [
        *("Intended use", "Model", "Data", "Figures", "Subgroups", "Limits", "Environment"),
        *("Configuration", "CLAIM 2024", "TRIPOD+AI"),
    ]


def test_it_counts_what_it_filled_in(card):
    """`n of 44 by the program`: as many as are not left to people, which are named above."""
    for name, count in (("CLAIM 2024", 44), ("TRIPOD+AI", 52)):
        section = card.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        rows = re.findall(r"^\| \d+[a-g]? \|.*$", section, re.MULTILINE)
        blanks = [row for row in rows if row.endswith("**to be filled in** |")]
        assert len(rows) == count
        assert f"{count - len(blanks)} of {count} by the program" in section
        assert 0.5 < (count - len(blanks)) / count < 0.8
        named = section.partition("by people: ")[2].partition("\n")[0]
        assert named.count(";") == len(blanks) - 1


def test_its_tables_are_whole(card):
    """Each row of a table has as many cells as its head."""
    tables = re.findall(r"(?:^\|.*\| *$\n?)+", card, re.MULTILINE)
    assert len(tables) == 8
    for table in tables:
        counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.strip().splitlines()}
        assert len(counts) == 1, table


def test_its_figures_are_the_run_s(card, inputs):
    """The area at the top of the report stands in it, with its interval."""
    auc = inputs.metrics["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    assert f"{auc['value']:.2f} ({auc['low']:.2f} to {auc['high']:.2f})" in card


def test_no_patient_is_in_it(card, inputs):
    """Nor an image."""
    assert not any(row.patient in card or row.image_id in card for row in inputs.rows)
