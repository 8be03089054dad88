"""What was expected is written down for every method, and says why."""

from jobs.explain.checks.expectations import (
    CHECKS,
    EXPECTATIONS,
    FAILS,
    OPEN,
    PASSES,
    expected,
)


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
