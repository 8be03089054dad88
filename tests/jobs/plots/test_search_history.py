"""The history of a search."""

from jobs.plots.search_history import SearchHistoryDisplay
from jobs.plots.svg import to_svg


def trial(number: int, value: float | None, state: str = "complete") -> dict[str, object]:
    return {"number": number, "value": value, "state": state, "variant": "local"}


TRIALS = [trial(0, 0.6), trial(1, 0.9, "pruned"), trial(2, None, "refused"), trial(3, 0.7)]


def test_the_best_so_far_is_of_those_that_were_trained_to_their_end():
    """A score of an early rung is no result; what was refused has none."""
    display = SearchHistoryDisplay.from_figures(TRIALS)
    assert [point.number for point in display.points] == [0, 1, 3]
    assert display.best_so_far() == [(0, 0.6), (3, 0.7)]


def test_it_is_drawn_and_told():
    display = SearchHistoryDisplay.from_figures(TRIALS)
    assert "local" in to_svg(display, "history")
    assert display.alt_text() == (
        "3 trials by number; the best so far: trial 0: 0.600, trial 3: 0.700"
    )
