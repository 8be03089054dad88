"""Views in batches: all that are wanted, in their order, each as if it were made alone."""

from typing import Any

import numpy as np
import pytest

from jobs.config.sections import ViewsConfig
from jobs.config.study import Study
from jobs.views.batches import batch_size, view_batches
from jobs.views.dali import make_views
from jobs.views.parameters import View
from tests.jobs.views.segment_holders import CountedDataset, study_of


@pytest.mark.parametrize(("size", "count"), [((299, 299), 16), ((1598, 1198), 1), ((75, 75), 254)])
def test_a_batch_has_the_same_number_of_pixels_at_any_size(size: tuple[int, int], count: int):
    """So that it takes as much memory; and it has at least one view."""
    assert batch_size(Study(views=ViewsConfig(size=size))) == count


def test_a_batch_has_views_of_one_size(monkeypatch: pytest.MonkeyPatch):
    """With frames of their own, images of other sizes are in other batches, in the same order."""
    monkeypatch.setattr("jobs.views.batches.batch_size", lambda study: 4)
    shapes = {"1": (120, 100), "2": (130, 108), "3": (120, 50)}
    study = study_of(size=(160, 160), frame="breast", region="image")
    dataset: Any = CountedDataset("batches", shapes)
    wanted = [(image, (0, 1, 2)) for image in dataset.images]
    names, found = [], []
    for some, tensor, *_ in view_batches(study, dataset, wanted, gpu=None):
        made = np.array(tensor.as_cpu())
        found.append(made.shape[:3])
        names += some
        for name, view in zip(some, made, strict=True):
            pixels = dataset.pixels(dataset.images[int(name.image_id) - 1])
            alone = make_views(pixels, name.image_id, study.views, study.seed, name.number + 1)
            assert np.array_equal(view, alone[-1])
    assert names == [View(image_id, number) for image_id in "123" for number in range(3)]
    assert found == [(4, 160, 144), (2, 160, 144), (3, 160, 80)]


def test_views_come_in_their_order(monkeypatch: pytest.MonkeyPatch):
    """Batches go on from one image to the next; each image is decoded once."""
    monkeypatch.setattr("jobs.views.batches.batch_size", lambda study: 2)
    study = study_of(window=(0.0, 100.0))
    dataset: Any = CountedDataset("batches")
    wanted = [(dataset.images[1], (0, 4)), (dataset.images[0], (3,)), (dataset.images[2], (0, 1))]
    names, views = [], []
    for some, tensor, *_ in view_batches(study, dataset, wanted, gpu=None):
        assert len(some) == min(2, 5 - len(names))
        names += some
        views += list(np.array(tensor.as_cpu()))
    assert names == [View("2", 0), View("2", 4), View("1", 3), View("3", 0), View("3", 1)]
    assert dataset.decoded == ["2", "1", "3"]
    for name, view in zip(names, views, strict=True):
        pixels = dataset.pixels(dataset.images[int(name.image_id) - 1])
        alone = make_views(pixels, name.image_id, study.views, study.seed, name.number + 1)
        assert np.array_equal(view, alone[-1])
