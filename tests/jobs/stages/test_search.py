"""mammo search: trials, workers, what is written; on features that are made once."""

import csv
import json
import shutil
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from jobs import cli
from jobs.common.errors import ConfigError, StoppedError, UsageError
from jobs.common.progress import Watch, silent
from jobs.config.names import LAST, VALIDATION
from jobs.config.study import load_study, plain
from jobs.evaluation.predictions import read_predictions
from jobs.model import tf_runtime
from jobs.stages import search
from jobs.training.together import local_heads
from tests.jobs.stages.small_study import STUDY, stop_at, train_model, write_config

LOCAL = """
trials: 6
together: 3
prune: false
variants:
  local:
    head.kind: local
    head.filters: 32
    head.hidden: 4
    head.members: 2
    head.top: 0.1
    train.learning_rate: {low: 0.001, high: 0.1, log: true}
    contours.weight: [0, 0.5]
  report:
    train.learning_rate: {low: 0.001, high: 0.1, log: true}
    head.kernel: [1, 3]
"""
ONE = "trials: 1\nparameters: {train.learning_rate: 0.01}\n"


def search_in(root: Path, space: str = LOCAL, name: str = "a", **more) -> Path:
    """Works at a search; the folder of what came of it."""
    write_config(root, more.pop("text", STUDY))
    (root / "space.yaml").write_text(space)
    watch: Watch = more.pop("watch", silent)
    options = Namespace(
        root=root,
        config=root / "study.yaml",
        overrides=[],
        space=root / "space.yaml",
        name=name,
        worker=more.get("worker", 0),
    )
    cli.call(search, options, watch)
    return root / "searches" / name


def found_in(folder: Path) -> dict:
    return json.loads((folder / "search.json").read_text())


@pytest.fixture(scope="module")
def done(embedded, tmp_path_factory) -> Path:
    """The folder of a search that was stopped once; not to be changed."""
    root = shutil.copytree(embedded, tmp_path_factory.mktemp("search") / "root")
    with pytest.raises(StoppedError):
        search_in(root, watch=stop_at("search: trials", 3))
    return search_in(root)


def test_a_search_that_is_stopped_goes_on(done: Path):
    """To as many trials as were asked for; what had begun is begun anew."""
    found = found_in(done)
    assert found["counts"]["finished"] == len(found["trials"]) == 6
    assert found["counts"]["begun_again"] == 3


def test_its_files_agree(done: Path):
    """The table has a line a trial; the page and best.yaml name the best of search.json."""
    found = found_in(done)
    rows = list(csv.DictReader((done / "trials.csv").read_text().splitlines()))
    values = {int(row["number"]): float(row["value"]) for row in rows if row["value"]}
    assert found["best"] == max(values, key=values.__getitem__)
    assert found["figures"]["chosen_on"]["image"]["value"] == pytest.approx(max(values.values()))
    for row in rows:
        folds = [float(row["fold0"]), float(row["fold1"])]
        assert float(row["value"]) == pytest.approx(np.mean(folds), abs=1e-4)
    page = (done / "search.html").read_text()
    assert f"Trial {found['best']};" in page and "flatters" in page


def test_the_best_setting_is_a_study_of_its_own(done: Path):
    """It is the base with the trial's values, and says that its figure was chosen by."""
    best = done / "best.yaml"
    study, settings = plain(load_study(best)), found_in(done)["settings"]
    for key, value in settings.items():
        section, name = key.split(".")
        assert str(study[section][name]) == value
    assert "chosen by" in best.read_text().splitlines()[2]


def test_it_is_up_to_date_until_more_trials_are_asked_for(root: Path):
    """The same command again writes nothing; with more trials it goes on."""
    folder = search_in(root, ONE)
    before = (folder / "journal.log").read_bytes()
    search_in(root, ONE)
    assert (folder / "journal.log").read_bytes() == before
    search_in(root, ONE.replace("trials: 1", "trials: 2"))
    assert found_in(folder)["counts"]["finished"] == 2


def test_another_configuration_needs_another_name(root: Path):
    """A journal never holds trials that cannot be compared."""
    search_in(root, ONE)
    with pytest.raises(ConfigError, match=r"train\.epochs: 3 -> 2.*name a new one with --name"):
        search_in(root, ONE, text=STUDY.replace("epochs: 3", "epochs: 2"))
    with pytest.raises(ConfigError, match="another space"):
        search_in(root, LOCAL)


def test_a_setting_that_does_not_fit_is_refused_and_the_search_goes_on(root: Path):
    """A kernel larger than the features, which no space.yaml can know."""
    space = "trials: 4\ntogether: 1\nparameters: {head.kernel: [1, 99]}\n"
    found = found_in(search_in(root, space))
    assert found["counts"]["refused"] and found["counts"]["complete"]
    refused = [each for each in found["trials"] if each["state"] == "refused"]
    assert all("head.kernel must fit" in each["reason"] for each in refused)


@pytest.mark.parametrize("head", ["filters: 4", "kind: local, hidden: 4, top: 0.1"])
def test_a_trial_says_what_mammo_train_would(
    root: Path, head: str, monkeypatch: pytest.MonkeyPatch
):
    """The same setting, trained by itself, has the same scores where each step sees all views."""
    monkeypatch.setattr(local_heads, "fast_dtype", lambda: tf_runtime.start().float32)
    text = STUDY.replace("batch: 8", "batch: 64").replace("filters: 2", head)
    with np.load(search_in(root, ONE, text=text) / "trials" / "0.npz") as scores:
        logits = dict(zip(scores["ids"].tolist(), scores["out_of_fold"], strict=False))
    config = text.replace("train: {", "train: {learning_rate: 0.01, ")
    model = train_model(root, fold=0, run="alone", text=config, embedding_too=True)
    alone = {
        row.image_id: row.probability
        for row in read_predictions(model / "predictions.csv")
        if row.split == VALIDATION and row.weights == LAST
    }
    mine = [1 / (1 + np.exp(-logits[one])) for one in alone]
    assert mine == pytest.approx(list(alone.values()), abs=2e-3)
    assert np.ptp(mine) > 2e-3, "it tells images apart"


def test_a_worker_has_a_number(root: Path):
    with pytest.raises(UsageError, match="--worker must be at least 0; got -1"):
        search_in(root, ONE, worker=-1)
