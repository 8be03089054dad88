"""mammo embed on a small release: what it writes, when it is stopped, and what it refuses."""

import shutil

import numpy as np
import pytest

from jobs import cli
from jobs.common.errors import ConfigError, MissingInputError, StoppedError, UsageError
from jobs.common.progress import silent
from jobs.data.dataset import open_dataset
from jobs.stages import embed
from tests.jobs.stages.small_study import (
    STUDY,
    embed_options,
    features_of,
    stop_at,
    train_model,
    write_config,
)


def test_the_features_of_every_view_are_written(embedded):
    """One file an image: 2 views if it is healthy, 3 if it is sick, 1 in the test set."""
    dataset = open_dataset(embedded)
    (folder,) = (embedded / "features").iterdir()
    for image in dataset.images:
        array = np.load(folder / f"{image.image_id}.npy")
        count = 1 if image.split == "test" else 3 if image.birads[0] in "456" else 2
        assert array.shape == (count, 7, 7, 256)
        assert array.dtype == np.float16
    assert len(list(folder.iterdir())) == len(dataset.images) + 1


def test_a_second_call_writes_nothing(root):
    """The features are up to date."""
    before = {path: path.stat().st_mtime_ns for path in (root / "features").rglob("*")}
    cli.call(embed, embed_options(root), silent)
    assert {path: path.stat().st_mtime_ns for path in (root / "features").rglob("*")} == before


def test_a_stopped_embed_resumes_after_its_last_image(embedded, root):
    """Stopped in the middle and called again, it makes the same bytes, and no view twice."""
    shutil.rmtree(root / "features")
    options = embed_options(root)
    with pytest.raises(StoppedError):
        cli.call(embed, options, stop_at("embed", 20))
    assert not features_of(root)
    progress = []
    cli.call(embed, options, lambda *step: progress.append(step))
    assert progress[0][1] >= 17
    assert features_of(root) == features_of(embedded)
    assert [path.name for path in (root / "features").iterdir() if path.name[0] == "."] == []


def test_workers_share_the_images(embedded, root):
    """Three workers, one after another, each stopped early: together they make the same bytes."""
    shutil.rmtree(root / "features")
    for worker in range(2):
        with pytest.raises(StoppedError):
            cli.call(
                embed, embed_options(root, worker, workers=3), stop_at("embed", 20 * (worker + 1))
            )
    (work,) = (root / "features").glob(".*.unfinished")
    before = {path.name: path.stat().st_ino for path in work.glob("*.npy")}
    assert before
    cli.call(embed, embed_options(root, worker=2, workers=3), silent)
    assert features_of(root) == features_of(embedded)
    (folder,) = (root / "features").iterdir()
    assert all((folder / name).stat().st_ino == inode for name, inode in before.items())


def test_a_worker_out_of_range_is_a_usage_error(root):
    """--worker must be from 0 to --workers less one."""
    with pytest.raises(UsageError, match="--worker must be from 0 to 1"):
        cli.call(embed, embed_options(root, worker=2, workers=2), silent)


def test_pooled_features_are_the_mean_over_places(embedded, root):
    """model.pooling average stores (views, 1, 1, channels): the mean of what none stores."""
    text = STUDY.replace("layer: mixed0", "layer: mixed0, pooling: average, stored: float32")
    text = text.replace("filters: 2", "filters: 2, pool: 1")
    write_config(root, text)
    shutil.rmtree(root / "features")
    cli.call(embed, embed_options(root), silent)
    whole, pooled = (
        {path.name: np.load(path) for path in (each / "features").glob("*/*.npy")}
        for each in (embedded, root)
    )
    for name, features in whole.items():
        mean = features.astype(np.float32).mean(axis=(1, 2), keepdims=True)
        assert pooled[name].shape == mean.shape
        assert np.allclose(pooled[name], mean, rtol=1e-2, atol=1e-3)  # float16 before the mean


@pytest.mark.parametrize(
    ("gone", "command"), [("dataset", "mammo prepare"), ("weights", "mammo weights")]
)
def test_a_missing_input_is_named_with_its_command(root, gone, command):
    """Exit 69, with the command that makes it."""
    shutil.rmtree(root / gone)
    with pytest.raises(MissingInputError, match=command):
        cli.call(embed, embed_options(root), silent)


@pytest.mark.parametrize("change", [("folds: 2", "folds: 3"), ("test: 0.25", "test: 0.3")])
def test_a_dataset_prepared_for_another_study_is_refused(root, change):
    """If the splits are not the study's, every stage ends with 78 and says what differs."""
    write_config(root, STUDY.replace(*change))
    with pytest.raises(ConfigError, match=rf"data\.{change[0]} -> {change[1].split()[1]}\)"):
        cli.call(embed, embed_options(root), silent)
    with pytest.raises(ConfigError, match="name another --root"):
        train_model(root, fold=0, text=STUDY.replace(*change))


def test_two_workers_that_make_the_same_features_both_succeed(embedded, root):
    """If one publishes while the other is in the middle of an image, the other accepts it."""
    shutil.rmtree(root / "features")
    options = embed_options(root)
    finished = []

    def overtake(step, done, total):
        if done >= 20 and not finished:
            finished.append(True)
            cli.call(embed, options, silent)

    cli.call(embed, options, overtake)
    assert finished
    assert features_of(root) == features_of(embedded)
