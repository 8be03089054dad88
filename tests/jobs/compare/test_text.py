"""What the terminal is told of runs that are compared."""

from jobs.compare.text import summary_lines
from jobs.evaluation.rows import NONE


def test_a_run_that_split_views_into_folds_is_marked():
    """And no other."""
    cost = {"seconds": {}, "peak_memory": 1}
    runs = [
        {"name": name, "order": order, "context": NONE, "cost": cost}
        for name, order in (("a", "split-first"), ("b", "augment-first"))
    ]
    lines = list(summary_lines({"runs": runs, "pairs": []}))
    assert [line for line in lines if "INFLATED" in line] == [lines[1]]
    assert "figures of b are too high" in lines[1]
