"""The pictures of example views: those that the model is trained on."""

import numpy as np

from jobs.config.sections import HeadConfig, ModelConfig, ViewsConfig
from jobs.config.study import Study
from jobs.data.training_set import select_training_set
from jobs.training.tensorboard.views import picture_views
from jobs.views.dali import make_views
from tests.jobs.small_datasets import small_dataset

STUDY = Study(seed=3, views=ViewsConfig(size=(80, 75)))


def test_rows_of_views_of_several_sizes_are_as_wide_as_the_widest(monkeypatch):
    """With frames of their own, narrower images have black beside them."""
    dataset = small_dataset()
    views = ViewsConfig(size=(160, 160), frame="breast", region="image")
    average = ModelConfig(pooling="average"), HeadConfig(pool=1)
    study = Study(3, type(STUDY.data)(folds=2), views, *average)
    shapes = {image.image_id: (90, 50 + 3 * number) for number, image in enumerate(dataset.images)}
    monkeypatch.setattr(
        type(dataset), "pixels", lambda self, image: np.full(shapes[image.image_id], 7, np.uint16)
    )
    pictures = picture_views(study, dataset, select_training_set(study, dataset, "fold0"))
    for picture in pictures.values():
        assert picture.shape[0] == 2 * 160 and picture.shape[1] % (4 * 16) == 0
        assert (picture == -1).all(axis=0).any()


def test_two_images_of_each_label_with_four_views(monkeypatch):
    """Each row is an image of the training set: the untouched view, and the first varied ones."""
    dataset = small_dataset()
    study = Study(seed=3, data=type(STUDY.data)(folds=2), views=STUDY.views)
    pixels = {
        image.image_id: np.random.default_rng(number).integers(1, 4000, (96, 80), np.uint16)
        for number, image in enumerate(dataset.images)
    }
    monkeypatch.setattr(type(dataset), "pixels", lambda self, image: pixels[image.image_id])
    training_set = select_training_set(study, dataset, "fold0")
    pictures = picture_views(study, dataset, training_set)
    assert list(pictures) == ["healthy", "sick"]
    for label, picture in pictures.items():
        ids = [one for one in training_set.training if training_set.sick[one] == (label == "sick")]
        for image_id, row in zip(ids[:2], np.split(picture, 2), strict=True):
            views = make_views(pixels[image_id], image_id, study.views, study.seed, 4)
            assert np.array_equal(row, np.concatenate(views[..., 0], axis=1))
