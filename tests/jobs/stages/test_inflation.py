"""mammo inflation: what each protocol scores."""

import json
import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from jobs import cli
from jobs.common.errors import ConfigError, UsageError
from jobs.common.progress import silent
from jobs.inflation.protocols import AT_ONCE, BEST_EPOCH, EXTREMES, HONEST, MARK, PATCHES, VIEWS
from jobs.stages import inflation
from tests.jobs.stages.small_study import STUDY, files_of, write_config

LOCAL = STUDY.replace("filters: 2", "kind: local, hidden: 4, members: 1, top: 0.1")
CONTOURS = f"{LOCAL}\ncontours: {{weight: 0.5}}\nevaluate: {{bootstrap: 100}}\n"


def measure(root: Path, text: str = STUDY, seeds: int = 1) -> Path:
    """The table's folder."""
    options = Namespace(root=root, config=write_config(root, text), overrides=[], seeds=seeds)
    cli.call(inflation, options, silent)
    (folder,) = (path for path in (root / "inflation").iterdir() if path.name[0] != ".")
    return folder


def figures_of(folder: Path) -> dict:
    return json.loads((folder / "inflation.json").read_text())


@pytest.fixture(scope="module")
def made(embedded, tmp_path_factory) -> Path:
    """The table of a local head with contours; not to be changed."""
    root = shutil.copytree(embedded, tmp_path_factory.mktemp("inflation") / "root")
    return measure(root, CONTOURS, seeds=2)


def test_the_best_epoch_is_never_worse_than_the_last(made: Path):
    """It is chosen by the figure itself."""
    figures = figures_of(made)
    assert figures[BEST_EPOCH.name]["value"] >= figures[HONEST.name]["value"]


def test_cases_are_what_each_protocol_scores(made: Path):
    """16 images of 8 patients are in folds; extremes leave 3 and 4 out; patches are others."""
    figures = figures_of(made)
    assert figures[HONEST.name]["cases"] == figures[VIEWS.name]["cases"]
    assert figures[EXTREMES.name]["cases"] < figures[HONEST.name]["cases"]
    assert figures[PATCHES.name]["cases"] > figures[HONEST.name]["cases"]
    assert figures[AT_ONCE.name]["cases"] == figures[EXTREMES.name]["cases"]


def test_its_manifest_and_files_say_that_it_is_inflated(made: Path):
    notes = json.loads((made / "manifest.json").read_text())["notes"]
    assert "too high, by design" in notes[MARK]
    for name in ("inflation.csv", "inflation.html", "inflation.json"):
        assert MARK in (made / name).read_text()


def test_what_cannot_be_measured_says_why(root: Path, capsys: pytest.CaptureFixture[str]):
    """The report's head has no patches; one view of an image cannot be on both sides of a split."""
    text = STUDY.replace("healthy: 2, sick: 3", "healthy: 1, sick: 1")
    figures = figures_of(measure(root, text))
    assert "needs head.kind local" in figures[PATCHES.name]["reason"]
    assert "fewer views of an image than folds" in figures[VIEWS.name]["reason"]
    assert capsys.readouterr().out.count("not measured") >= 3


def test_a_second_run_with_the_same_key_writes_nothing(root: Path):
    measure(root)
    before = {path: path.stat().st_mtime_ns for path in files_of(root / "inflation")}
    measure(root)
    assert before == {path: path.stat().st_mtime_ns for path in files_of(root / "inflation")}


def test_what_has_no_meaning_is_refused(root: Path):
    """No seeds; a study whose own protocol is one that flatters."""
    with pytest.raises(UsageError, match="--seeds must be at least 1"):
        measure(root, seeds=0)
    with pytest.raises(ConfigError, match=r"data\.order must be split-first"):
        measure(root, STUDY.replace("test: 0.25", "test: 0.25, order: augment-first"))
