"""How long steps take, from earlier manifests."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import MANIFEST
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import claim_run
from jobs.config.sections import (
    DataConfig,
    EvaluateConfig,
    HeadConfig,
    ModelConfig,
    TrainConfig,
    ViewsConfig,
)
from jobs.config.study import Study, plain
from jobs.forecast.extent import Extent, Sample
from jobs.forecast.speed import (
    FIGURES_SECONDS,
    REPORT_SECONDS,
    Machine,
    Speeds,
    embedding,
    engine,
    evaluation,
    report,
    training,
)

STUDY = Study(
    data=DataConfig(folds=2),
    views=ViewsConfig(size=(128, 104), healthy=2, sick=4),
    model=ModelConfig(layer="mixed2"),
    train=TrainConfig(epochs=10),
    evaluate=EvaluateConfig(bootstrap=200),
)
AVERAGED, HEAD = replace(STUDY.model, pooling="average"), HeadConfig(pool=1)
EXTENT = Extent(
    (*[Sample("fold0", "5")] * 5, *[Sample("fold1", "2")] * 20, *[Sample("test", "1")] * 7), 0
)  # 20 views of fold0, 40 of fold1, 7 of the test set
MACHINE = Machine(2, gpu=False)
FEATURES = Recipe(
    "embed",
    {},
    {
        "counts": {},
        "views": plain(STUDY.views),
        "layer": "mixed2",
        "pooling": "none",
        "precision": "float32",
        "stored": "float16",
    },
)


def publish_as(folder: Path, recipe: Recipe, seconds: float, **notes: Any) -> None:
    """An artifact whose manifest has these seconds, two threads and a processor."""
    with publish(folder, recipe) as draft:
        draft.notes.update(notes)
    path = folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), "seconds": seconds, "threads": 2}))


def publish_model(root: Root, run: str, seconds: float, stepped: float, model: str = "fold0"):
    """A model's manifest."""
    folder = root.run(run).model(model).folder
    notes = {"seconds_stepped": stepped, "seconds_waited": 0.0}
    publish_as(folder, Recipe("train", {}, {"model": model}), seconds, **notes)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    root = Root(tmp_path)
    claim_run(root.run("first"), STUDY)
    return root


def test_nothing_was_measured(root: Root):
    """No time is told, but for the report, which takes seconds."""
    speeds = Speeds(root, EXTENT)
    tasks = (
        embedding(STUDY, EXTENT, MACHINE),
        training(STUDY, EXTENT, "all", MACHINE),
        evaluation(STUDY),
    )
    assert [speeds.seconds(task) for task in tasks] == [None] * 3
    assert speeds.seconds(report()) == REPORT_SECONDS


def test_an_embedding_by_the_views_that_its_call_made(root: Root):
    """50 of 67 views in 5 s: a resumed or shared embedding says how many views its seconds made."""
    publish_as(root.features("ab").folder, FEATURES, 5.0, views_made=50)
    speeds = Speeds(root, EXTENT)
    assert speeds.seconds(embedding(STUDY, EXTENT, MACHINE)) == pytest.approx(6.7)
    more = replace(STUDY, views=replace(STUDY.views, healthy=4))
    assert speeds.seconds(embedding(more, EXTENT, MACHINE)) == pytest.approx(10.7)


@pytest.mark.parametrize(
    "other",
    [
        replace(STUDY, views=replace(STUDY.views, size=(299, 299))),
        replace(STUDY, views=replace(STUDY.views, frame="breast"), model=AVERAGED, head=HEAD),
        replace(STUDY, model=replace(STUDY.model, layer="mixed10")),
        replace(STUDY, model=replace(STUDY.model, precision="bfloat16")),
    ],
    ids=["size", "frame", "layer", "precision"],
)
def test_another_embedding_tells_nothing(root: Root, other: Study):
    """Another size, layer or precision has another speed; so have other threads, or a GPU."""
    publish_as(root.features("ab").folder, FEATURES, 5.0, views_made=50)
    speeds = Speeds(root, EXTENT)
    assert speeds.seconds(embedding(other, EXTENT, MACHINE)) is None
    assert speeds.seconds(embedding(STUDY, EXTENT, Machine(1, gpu=False))) is None
    assert speeds.seconds(embedding(STUDY, EXTENT, Machine(2, gpu=True))) is None


def test_an_embedding_of_a_version_without_frames(root: Root):
    """Its views were all of one size: it tells how long such views take, and no others."""
    views = {name: value for name, value in plain(STUDY.views).items() if name != "frame"}
    older = replace(FEATURES, configuration={**FEATURES.configuration, "views": views})
    publish_as(root.features("ab").folder, older, 5.0, views_made=50)
    assert Speeds(root, EXTENT).seconds(embedding(STUDY, EXTENT, MACHINE)) == pytest.approx(6.7)


def test_a_training_by_its_views_and_epochs(root: Root):
    """fold0 took 1 s, and 4 s for 10 epochs of 40 views; `all` has 60 views."""
    publish_model(root, "first", 5.0, 4.0)
    speeds = Speeds(root, EXTENT)
    assert speeds.seconds(training(STUDY, EXTENT, "fold0", MACHINE)) == pytest.approx(5)
    assert speeds.seconds(training(STUDY, EXTENT, "all", MACHINE)) == pytest.approx(7)
    longer = replace(STUDY, train=replace(STUDY.train, epochs=30, learning_rate=0.1))
    assert speeds.seconds(training(longer, EXTENT, "fold0", MACHINE)) == pytest.approx(13)
    wider = replace(STUDY, train=replace(STUDY.train, batch=64))
    assert speeds.seconds(training(wider, EXTENT, "fold0", MACHINE)) is None


def test_the_newest_measure_counts(root: Root):
    """A machine may have become faster."""
    claim_run(root.run("second"), replace(STUDY, train=TrainConfig(epochs=20)))
    publish_model(root, "first", 5.0, 5.0)
    publish_model(root, "second", 4.0, 4.0)
    for run, when in (("first", 1), ("second", 2)):
        os.utime(root.run(run).model("fold0").folder / MANIFEST, (when, when))
    seconds = Speeds(root, EXTENT).seconds(training(STUDY, EXTENT, "fold0", MACHINE))
    assert seconds == pytest.approx(2)


def test_an_evaluation_by_its_resamples(root: Root):
    """A part of it is the same for any number."""
    publish_as(root.run("first").evaluation.folder, Recipe("evaluate", {}, {}), FIGURES_SECONDS + 2)
    more = replace(STUDY, evaluate=EvaluateConfig(bootstrap=1000))
    assert Speeds(root, EXTENT).seconds(evaluation(STUDY)) == pytest.approx(FIGURES_SECONDS + 2)
    assert Speeds(root, EXTENT).seconds(evaluation(more)) == pytest.approx(FIGURES_SECONDS + 10)


def test_an_engine_of_the_same_kind(root: Root):
    """Its 64 views are the same number in every study."""
    made = {"kind": "int8", "views": plain(STUDY.views), "layer": "mixed2"}
    publish_as(root.engine("ef").folder, Recipe("engine", {}, made), 30.0)
    int8 = replace(STUDY, model=replace(STUDY.model, precision="int8"))
    auto = replace(STUDY, model=replace(STUDY.model, precision="auto"))
    speeds = Speeds(root, EXTENT)
    assert speeds.seconds(engine(int8, MACHINE)) == 30
    assert speeds.seconds(engine(auto, MACHINE)) is None


def test_a_run_that_cannot_be_read_tells_nothing(root: Root):
    """One of another version of the program, or a folder of something else."""
    publish_model(root, "first", 5.0, 4.0)
    root.run("first").study.write_text("train: {epoch: 3}\n")
    (root.path / "runs" / "notes").mkdir()
    task = training(STUDY, EXTENT, "fold0", MACHINE)
    assert Speeds(root, EXTENT).seconds(task) is None
