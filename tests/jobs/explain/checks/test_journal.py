"""What was measured before a kill is not measured again."""

from pathlib import Path

import pytest

from jobs.explain.checks.journal import Journal


def test_a_result_is_made_once(tmp_path: Path):
    """Within a call, and in the next one; with all its digits."""
    path = tmp_path / "journal"
    made: list[float] = []

    def make() -> dict[str, float | None]:
        made.append(1 / 3)
        return {"value": made[-1], "none": None}

    first = Journal(path)
    found = [
        first.once("third", make),
        first.once("third", make),
        Journal(path).once("third", make),
    ]
    assert found == [{"value": 1 / 3, "none": None}] * 3
    assert len(made) == 1


@pytest.mark.parametrize("cut", range(1, 11))
def test_a_line_that_was_cut_short_is_made_again(tmp_path: Path, cut: int):
    """What came before it stays, and what comes after it is whole."""
    path = tmp_path / "journal"
    for number in (1, 2):
        Journal(path).once(f"n{number}", lambda number=number: number)
    path.write_bytes(path.read_bytes()[:-cut])
    again = Journal(path)
    assert again.once("n1", lambda: 0) == 1
    assert again.once("n2", lambda: 5) == 5
    assert Journal(path).once("n2", lambda: 0) == 5


def test_nothing_stays_when_all_is_done(tmp_path: Path):
    """Twice is once; without a file there is nothing to remove."""
    journal = Journal(tmp_path / "journal")
    journal.once("n", lambda: 1)
    journal.remove()
    journal.remove()
    Journal().remove()
    assert not list(tmp_path.iterdir())
