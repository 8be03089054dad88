"""mammo train with the branch for calcifications: on images with specks and their contours."""

import contextlib
import shutil
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from jobs import cli
from jobs.artifacts.run import open_run
from jobs.calcifications.branch import load_branch
from jobs.common.errors import ConfigError, StoppedError
from jobs.common.progress import silent
from jobs.data.dataset import open_dataset
from jobs.evaluation.predictions import read_predictions
from jobs.predict.score import Scorer
from jobs.stages import embed, prepare, weights
from tests.jobs.stages.small_study import STUDY, embed_options, stop_at, train_model, write_config
from tests.releases import Roi, RowSpec, make_rows, write_contours, write_dicom, write_release
from tests.specks import specked_image

BRANCH = STUDY.replace("epochs: 3", "epochs: 1") + (
    "branches: {calcifications: true, proposals: 30, candidates: 8, epochs: 1}\n"
)
PLAIN = STUDY.replace("epochs: 3", "epochs: 1")
DETECTORS = "train fold0: epochs of its detectors"
WITHOUT = {"run": "without", "text": PLAIN}


def marks(row: RowSpec) -> tuple[Roi, ...]:
    """The contours of an image's specks."""
    return tuple(("Calcification", ((column, line),)) for line, column in places(row))


def places(row: RowSpec) -> tuple[tuple[int, int], ...]:
    """The sick ones' specks lie together."""
    start = int(row.image_id) % 20
    step = 6 if row.birads[0] in "456" else 30
    return tuple((40 + start + step * (number % 2), 20 + step * number // 2) for number in range(4))


def write_specked_release(folder: Path) -> Path:
    rows = make_rows(patients=12, sick=6)
    release = write_release(
        folder, [RowSpec(**{**row.__dict__, "rois": marks(row)}) for row in rows]
    )
    for row in rows:
        image = specked_image(int(row.image_id), places(row))
        pixels = image if row.side == "L" else np.ascontiguousarray(image[:, ::-1])
        write_dicom(release / "AllDICOMs" / f"{row.stem}.dcm", pixels)
        if row.side == "R":
            mirrored = [(name, ((pixels.shape[1] - x, y),)) for name, ((x, y),) in marks(row)]
            write_contours(release / "AllXML" / f"{row.image_id}.xml", mirrored)
    return release


def prepare_root(root: Path, release: Path) -> None:
    options = Namespace(
        root=root, config=write_config(root), overrides=[], release=release, strict=True
    )
    cli.call(prepare, options, silent)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A root with one model, fold 0, with a branch, and one without; not to be changed."""
    folder = tmp_path_factory.mktemp("specked")
    root = folder / "root"
    prepare_root(root, write_specked_release(folder / "release"))
    config = root / "study.yaml"
    cli.call(weights, Namespace(root=root, config=config, overrides=[], url=""), silent)
    cli.call(embed, embed_options(root), silent)
    train_model(root, fold=0, text=BRANCH)
    train_model(root, fold=0, **WITHOUT)
    return root


@pytest.fixture
def untrained(trained, tmp_path) -> Path:
    """A copy without runs and candidates."""
    root = shutil.copytree(trained, tmp_path / "root")
    shutil.rmtree(root / "runs")
    shutil.rmtree(root / "candidates")
    return root


def content(model: Path) -> dict[str, bytes]:
    names = ("calcifications.npz", "predictions.csv", "last.weights.h5", "best.weights.h5")
    return {name: (model / name).read_bytes() for name in names if (model / name).exists()}


def model_of(root: Path, run: str = "first") -> Path:
    return root / "runs" / run / "fold0"


def test_each_prediction_has_the_branch_s_logit(trained):
    """The same with the best and the last weights; the head's probabilities are as without it."""
    rows = read_predictions(model_of(trained) / "predictions.csv")
    logits = {(row.image_id, row.calcifications) for row in rows}
    assert len(logits) == len({row.image_id for row in rows}) > 4
    assert len({logit for _, logit in logits}) > 4 and None not in dict(logits).values()
    others = read_predictions(model_of(trained, "without") / "predictions.csv")
    assert [row.probability for row in others] == [row.probability for row in rows]
    assert {row.calcifications for row in others} == {None}


def test_a_loaded_model_scores_an_image(trained):
    """From its pixels alone, to the bit of predictions.csv; a study without the branch has none."""
    rows = read_predictions(model_of(trained) / "predictions.csv")
    dataset = open_dataset(trained)
    pixels = {image.image_id: dataset.pixels(image) for image in dataset.images}
    branch = load_branch(open_run(trained, "first"), "fold0")
    assert all(branch.logit(pixels[row.image_id]) == row.calcifications for row in rows)
    assert load_branch(open_run(trained, "without"), "fold0") is None


def test_so_is_a_new_image_s_score(trained):
    """`mammo predict` takes the branch's logit beside the head's probability."""
    row = read_predictions(model_of(trained) / "predictions.csv")[0]
    dataset = open_dataset(trained)
    (image,) = (each for each in dataset.images if each.image_id == row.image_id)
    found = Scorer(open_run(trained, "first"), ["fold0"]).score(dataset.pixels(image))
    assert found.calcifications == [row.calcifications]


@pytest.mark.parametrize(
    ("what", "count"),
    [
        ("train: images searched", 9),
        (DETECTORS, 1),
        (DETECTORS, 3),
        (DETECTORS, 4),
    ],
)
def test_a_training_that_was_stopped_ends_with_the_same_bytes(trained, untrained, what, count):
    """Among the candidates, within a detector, between the two, and before the regression."""
    with pytest.raises(StoppedError):
        train_model(untrained, fold=0, text=BRANCH, watch=stop_at(what, count))
    done = []
    train_model(untrained, fold=0, text=BRANCH, watch=lambda *step: done.append(step))
    assert content(model_of(untrained)) == content(model_of(trained))
    if what == DETECTORS and count > 2:  # the first one's two epochs are not trained again
        assert min(made for name, made, _ in done if name.startswith(what)) == 3


def test_nothing_of_a_contour_reaches_a_prediction(trained, untrained, tmp_path):
    """With no contours in the validation fold and the test set, all bytes are the same."""
    dataset = open_dataset(trained)
    predicted = {*dataset.splits["fold0"], *dataset.splits["test"]}
    release = write_specked_release(tmp_path / "release")
    for image_id in predicted:
        (release / "AllXML" / f"{image_id}.xml").unlink()
    shutil.rmtree(untrained / "dataset")
    prepare_root(untrained, release)
    train_model(untrained, fold=0, text=BRANCH)
    assert content(model_of(untrained)) == content(model_of(trained))


def test_a_release_without_such_contours_is_refused(trained, untrained, tmp_path):
    """Exit 78, before anything is made."""
    release = write_specked_release(tmp_path / "release")
    shutil.rmtree(release / "AllXML")
    shutil.rmtree(untrained / "dataset")
    prepare_root(untrained, release)
    with pytest.raises(ConfigError, match=r"branches\.calcifications needs contours"):
        train_model(untrained, fold=0, text=BRANCH)
    assert not (untrained / "candidates").exists()


def test_contours_that_no_candidate_is_near_are_refused(untrained, tmp_path):
    """Where nothing can be learnt, the model is not published: 78, and what to set."""
    release = write_specked_release(tmp_path / "release")
    for file in (release / "AllXML").iterdir():
        write_contours(file, [("Calcification", ((1, 1),))])
    shutil.rmtree(untrained / "dataset")
    prepare_root(untrained, release)
    with pytest.raises(ConfigError, match=r"branches\.proposals must be enough to find some"):
        train_model(untrained, fold=0, text=BRANCH)
    assert not model_of(untrained).exists()


def test_candidates_are_shared_by_models_and_heads(trained, tmp_path):
    """Another head or detector needs no new ones."""
    root = shutil.copytree(trained, tmp_path / "root")
    before = {path: path.stat().st_mtime_ns for path in (root / "candidates").rglob("*.npy")}
    changed = BRANCH.replace("filters: 2", "filters: 3").replace("candidates: 8", "candidates: 5")
    with contextlib.suppress(StoppedError):
        train_model(root, fold=0, run="other", text=changed, watch=stop_at("train fold0", 1))
    after = {path: path.stat().st_mtime_ns for path in (root / "candidates").rglob("*.npy")}
    assert before and after == before
