"""Batches: each view once an epoch, in a keyed order, shared out among the replicas."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from jobs.config.study import Study, TrainConfig
from jobs.data.training_set import TrainingSet
from jobs.model import tf_runtime
from jobs.training.batches import BatchLoader
from jobs.views.parameters import View

IDS = [str(number) for number in range(10)]
SICK = {image_id: int(image_id) % 2 == 0 for image_id in IDS}
TRAINING_SET = TrainingSet("fold0", training=IDS[:8], validation=IDS[8:], sick=SICK)


class NumberedViews:
    """A source whose inputs are the numbers of the image and of the view."""

    def views(self, image_ids: Sequence[str], epoch: int) -> list[View]:
        return [View(image_id, number) for image_id in image_ids for number in range(3)]

    def load(self, views: Sequence[View], replica: int | None):
        numbers = [(int(view.image_id), view.number) for view in views]
        return tf_runtime.start().constant(numbers)

    def load_step(self, views: Sequence[View], weights: Sequence[float], epoch: int, replica: int):
        return self.load(views, replica), {}


Share = tuple[np.ndarray, Mapping[str, Any], np.ndarray]


class FakeReplicas:
    """Replicas that all belong to this process, and get their shares as they are."""

    def __init__(self, count: int) -> None:
        self.count, self.here = count, range(count)

    def spread(self, shares):
        return shares


def load(count: int = 1, batch: int = 5, seed: int = 3) -> BatchLoader:
    study = Study(seed=seed, train=TrainConfig(batch=batch))
    return BatchLoader(NumberedViews(), study, TRAINING_SET, FakeReplicas(count))


def read(loader: BatchLoader, epochs: range) -> list[list[Share]]:
    """Every batch, as each replica's inputs, labels and weight."""
    with loader.batches(epochs) as batches:
        return [
            [(np.array(inputs), labels, np.array(weight)) for inputs, labels, weight in shares]
            for shares in batches
        ]


def views_of(batches: list[list[Share]]) -> list[tuple[int, int]]:
    """The views that count in the loss, in the order in which they come."""
    return [
        (int(image), int(view))
        for shares in batches
        for inputs, _, weight in shares
        if weight > 0
        for image, view in inputs
    ]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_view_comes_once_an_epoch(count: int):
    """All views of the training images, none of the validation images."""
    loader = load(count)
    batches = read(loader, range(1, 2))
    assert len(batches) == loader.steps_per_epoch == 5
    expected = sorted((image, view) for image in range(8) for view in range(3))
    assert sorted(views_of(batches)) == expected


@pytest.mark.parametrize("count", [1, 2, 3])
def test_the_weights_add_up_to_a_mean_over_the_global_batch(count: int):
    """Also in the last batch, and where a replica has nothing to do."""
    for shares in read(load(count, batch=23), range(1, 2)):  # 24 views: the last batch has one
        assert sum(len(inputs) * weight for inputs, _, weight in shares) == pytest.approx(1)


def test_labels_are_those_of_the_views():
    """1 where the view's image is sick."""
    for shares in read(load(2), range(1, 2)):
        for inputs, labels, _ in shares:
            expected = [float(SICK[str(image)]) for image, _ in inputs]
            assert labels["sick"].numpy().tolist() == expected
            assert labels["weight"].numpy().tolist() == [1.0] * len(expected)


@pytest.mark.parametrize("held_out", [{}, {"0": frozenset({1, 2})}])
def test_balanced_classes_weigh_the_same(held_out: Mapping[str, frozenset[int]]):
    """Over an epoch the views of each class add up to half of all; the mean weight is 1."""
    loader = load()
    study = replace(loader.study, train=TrainConfig(batch=5, class_weights="balanced"))
    training_set = replace(TRAINING_SET, held_out=held_out)
    sums, count = {0.0: 0.0, 1.0: 0.0}, 0
    for shares in read(replace(loader, study=study, training_set=training_set), range(1, 2)):
        for inputs, labels, _ in shares:
            count += len(inputs)
            for sick, weight in zip(labels["sick"].numpy(), labels["weight"].numpy(), strict=True):
                sums[float(sick)] += float(weight)
    assert sums == {0.0: pytest.approx(count / 2), 1.0: pytest.approx(count / 2)}


def test_of_two_releases_each_is_balanced_by_itself():
    """Else the look of the release with more sick images would be learnt as a sign of cancer."""
    ids = [str(number) for number in range(10, 16)]
    sick = SICK | {image_id: image_id == "10" for image_id in ids}
    training_set = replace(TRAINING_SET, joined=ids, sick=sick)
    study = Study(seed=3, train=TrainConfig(batch=5, class_weights="balanced"))
    sums: dict[tuple[bool, bool], float] = {}
    for shares in read(replace(load(), study=study, training_set=training_set), range(1, 2)):
        for inputs, labels, _ in shares:
            for (image, _), weight in zip(inputs, labels["weight"].numpy(), strict=True):
                part = (image >= 10, sick[str(image)])
                sums[part] = sums.get(part, 0.0) + float(weight)
    own, other = 8 * 3 / 2, 6 * 3 / 2  # half of the views of each release
    expected = {(False, False): own, (False, True): own, (True, False): other, (True, True): other}
    assert sums == {part: pytest.approx(weight) for part, weight in expected.items()}


def test_the_order_depends_on_seed_and_epoch_alone():
    """A resumed training sees in epoch 2 what an unbroken one sees there."""
    both = views_of(read(load(), range(1, 3)))
    resumed = views_of(read(load(), range(2, 3)))
    assert both[24:] == resumed != both[:24]
    assert views_of(read(load(seed=4), range(2, 3))) != resumed


def test_untouched_views_are_read_in_the_order_of_the_images():
    """View 0 of each, in parts that fit one replica."""
    with load(count=2, batch=5).untouched(IDS) as parts:
        inputs = [np.array(part) for part in parts]
    assert max(map(len, inputs)) == 3
    assert np.concatenate(inputs).tolist() == [[int(image_id), 0] for image_id in IDS]
