"""Which files of a search are written, and in which order."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from jobs.artifacts.layout import Root
from jobs.common.errors import ConfigError
from jobs.config.study import Study
from jobs.search import results
from jobs.search.journal import Journal
from jobs.search.space import Range, SearchConfig, Space

SPACE = Space(SearchConfig(trials=1), {"train.learning_rate": Range(0.001, 0.1)}, {"": {}})


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    found = Journal(tmp_path, SPACE, seed=1, worker=0)
    found.begin()
    return found


def write(root: Path, journal: Journal) -> None:
    results.write_results(Root(root).search("a"), Study(), SPACE, journal, SimpleNamespace())


def test_without_a_setting_that_was_trained_to_its_end_it_says_so(tmp_path: Path, journal: Journal):
    """In a line with the first reason; not while one is at work."""
    (trial,) = journal.ask()
    write(tmp_path, journal)
    journal.tell(trial, None, refused="its weights became NaN")
    with pytest.raises(ConfigError, match=r"none of 1 settings was .*reason: its weights became"):
        write(tmp_path, journal)


def test_the_figures_by_which_it_counts_as_made_are_written_last(
    tmp_path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
):
    (trial,) = journal.ask()
    journal.tell(trial, 0.7)
    image = {"image": {"value": 0.7}}
    figures = dict.fromkeys(("chosen_on", "nested", "test"), image)
    found = {"best": 0, "nested_choice": [0], "areas": [[0.7]], "figures": figures}
    monkeypatch.setattr(results, "read_scores", lambda *_: None)
    monkeypatch.setattr(results, "score_search", lambda *_: found)
    monkeypatch.setattr(results, "render_search", lambda *_: "")
    written: list[str] = []
    monkeypatch.setattr(results, "write_atomically", lambda path, _: written.append(path.name))
    write(tmp_path, journal)
    assert written[-1] == "search.json" and "best.yaml" in written
