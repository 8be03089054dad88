"""mammo train with a local head: its maps, its resumption, and that no contour reaches a score."""

from pathlib import Path

import numpy as np
import pytest

from jobs.common.errors import StoppedError
from jobs.config.names import TEST
from jobs.config.study import load_study
from jobs.data.dataset import Contour, Dataset, open_dataset
from jobs.evaluation.predictions import read_predictions
from jobs.model.location_maps import read_location_maps
from tests.jobs.stages.small_study import STUDY, stop_at, train_model

LOCAL = STUDY.replace(
    "filters: 2", "kind: local, hidden: 4, members: 2, top: 0.1, dropout: 0.3"
).replace("batch: 8", "batch: 8, class_weights: balanced, weight_decay: 0.01")
CONTOURS = f"{LOCAL}\ncontours: {{weight: 0.5}}\n"


def train_local(root: Path, run: str, text: str = LOCAL, **more) -> Path:
    return train_model(root, fold=0, run=run, text=text, embedding_too=True, **more)


def test_its_maps_lie_on_the_breast_of_each_predicted_image(root: Path):
    """One of each image of the validation fold and the test set, in the image's own pixels."""
    maps = read_location_maps(train_local(root, "local") / "location_maps.npz")
    dataset = open_dataset(root, load_study(root / "study.yaml"))
    assert set(maps) == {*dataset.splits["fold0"], *dataset.splits[TEST]}
    for image in dataset.images:
        if image.image_id in maps:
            x, y = maps[image.image_id].centres.T
            seen = dataset.pixels(image)[y.astype(int), x.astype(int)]
            assert np.mean(seen > np.median(dataset.pixels(image))) > 0.5


def test_a_resumed_training_has_the_bytes_of_an_unbroken_one(root: Path):
    """Dropout, labelled places and decay go on where they were."""
    whole = train_local(root, "whole", CONTOURS)
    with pytest.raises(StoppedError):
        train_local(root, "resumed", CONTOURS, watch=stop_at("train", 2))
    resumed = train_local(root, "resumed", CONTOURS)
    for name in ("best.weights.h5", "last.weights.h5", "predictions.csv", "location_maps.npz"):
        assert (whole / name).read_bytes() == (resumed / name).read_bytes(), name


def test_contours_change_what_is_learnt_and_no_score_by_themselves(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    """Without the contours of the images that it predicts, a model is the same, bit for bit."""
    square = ((10.0, 10.0), (40.0, 10.0), (40.0, 40.0), (10.0, 40.0))
    drawn = (Contour("mass", "Mass", square),)
    monkeypatch.setattr(Dataset, "contours", lambda dataset, image: drawn)
    everywhere = train_local(root, "everywhere", CONTOURS)
    monkeypatch.setattr(
        Dataset,
        "contours",
        lambda dataset, image: drawn if image.split == "fold1" else (),
    )
    training_alone = train_local(root, "training", CONTOURS)
    monkeypatch.setattr(Dataset, "contours", lambda dataset, image: ())
    nowhere = train_local(root, "nowhere", CONTOURS)
    of = {
        each.parent.name: read_predictions(each / "predictions.csv")
        for each in (everywhere, training_alone, nowhere)
    }
    assert of["everywhere"] == of["training"]
    assert of["everywhere"] != of["nowhere"]
