"""How workers share the images, and what is checked before the first features are made."""

from argparse import Namespace
from collections import namedtuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.artifacts.publish import Draft
from jobs.common.errors import CannotCreateError
from jobs.common.progress import silent
from jobs.config.study import DataConfig, Study
from jobs.features import extract
from jobs.features.extract import Share, fill
from tests.jobs.small_datasets import small_dataset

DATASET = small_dataset()
STUDY = Study(data=DataConfig(folds=2))


@given(st.integers(0, 40), st.integers(1, 6), st.data())
def test_a_share_is_an_order_of_all_images(count, workers, data):
    """Alone, each worker would make all images; no two begin with the same one."""
    images = list(range(count))
    orders = [Share(worker, workers).order(images) for worker in range(workers)]
    assert all(sorted(order) == images for order in orders)
    own = [order[: len(images[worker::workers])] for worker, order in enumerate(orders)]
    assert sorted(one for share in own for one in share) == images


@pytest.mark.parametrize("made", range(6))
def test_a_late_worker_does_its_own_share_first(monkeypatch, tmp_path: Path, made: int):
    """However many images exist already, the shares are those that the other workers have."""
    ids = [image.image_id for image in DATASET.images]
    for image_id in ids[:made]:
        (tmp_path / f"{image_id}.npy").touch()
    orders = []

    def record(study, dataset, wanted, gpu):
        orders.append([image.image_id for image, _ in wanted])
        return iter(())

    monkeypatch.setattr("jobs.views.batches.view_batches", record)
    extractor = Namespace(gpu=None)
    for worker in (0, 1):
        fill(STUDY, DATASET, extractor, Draft(tmp_path), Share(worker, 2), silent)
    for worker, order in enumerate(orders):
        own = [image_id for image_id in ids[worker::2] if image_id not in ids[:made]]
        assert order[: len(own)] == own and sorted(order) == sorted(ids[made:])


def test_features_that_do_not_fit_on_the_disk_are_refused_at_once(monkeypatch, tmp_path: Path):
    """The error has their size, the free space, and what to do."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(extract.shutil, "disk_usage", lambda path: usage(1, 1, 1000))
    extractor = Namespace(gpu=None)
    with pytest.raises(CannotCreateError, match=r"\d+ views' features.*are free: make room"):
        fill(STUDY, DATASET, extractor, Draft(tmp_path), Share(), silent)
    assert list(tmp_path.iterdir()) == []
