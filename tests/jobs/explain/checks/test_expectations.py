"""What was expected is written down for every method, and says why."""

from pathlib import Path

from jobs.explain.checks.expectations import (
    CHECKS,
    EXPECTATIONS,
    FAILS,
    OPEN,
    PASSES,
    expected,
)
from jobs.explain.methods import METHODS


def test_every_method_is_expected_to_do_something():
    """Also those that a local head alone has."""
    assert METHODS.keys() <= EXPECTATIONS.keys()


def test_each_names_a_check_and_a_reason():
    """A verdict without a reason is no expectation."""
    for rows in EXPECTATIONS.values():
        assert rows.keys() <= CHECKS.keys()
        assert all(each.verdict in (PASSES, FAILS, OPEN) for each in rows.values())
        assert all(each.why.endswith(".") for each in rows.values())


def test_sixt_is_believed():
    """Every modified backpropagation but DeepLIFT is expected to converge to rank one."""
    found = {name: rows.get("rank_one") for name, rows in EXPECTATIONS.items()}
    failing = {name for name, each in found.items() if each and each.verdict == FAILS}
    assert failing == {"deconvnet", "deep_taylor", "lrp"}
    assert expected("deeplift", "rank_one").verdict == PASSES
    assert expected("unknown", "rank_one") is None


def test_readers_see_the_same_table():
    """docs/how-to/explanations.md has each method's row."""
    page = Path("docs/how-to/explanations.md").read_text(encoding="utf-8")
    for method, rows in EXPECTATIONS.items():
        cells = [rows[check].verdict if check in rows else "" for check in CHECKS]
        assert f"| `{method}` | {' | '.join(cells)} |" in page
