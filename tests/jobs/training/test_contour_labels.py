"""The labels of places: contours in sick images, healthy elsewhere, and never more."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from jobs.config.sections import ContoursConfig, HeadConfig, ModelConfig, ViewsConfig
from jobs.config.study import Study
from jobs.data.dataset import Contour
from jobs.features.places import PlaceFeatures, places_file, save_places
from jobs.features.store import feature_files
from jobs.training.contour_labels import ContourLabels, LabelledPlaces
from jobs.views.breast import Box
from jobs.views.parameters import View

STUDY = Study(
    views=ViewsConfig(size=(200, 160), region="image", crop=0.0),
    model=ModelConfig(layer="mixed0"),
    head=HeadConfig(kind="local"),
    contours=ContoursConfig(weight=1.0, cluster=0.25, point=0.0),
)
GRID = (22, 17)  # stride 8, the first centre at 13.5
SQUARE = ((36.0, 36.0), (84.0, 36.0), (84.0, 84.0), (36.0, 84.0))  # twice a view's pixels
MASS = Contour("mass", "Mass", SQUARE)
SICK = {"1": True, "2": False, "3": True}


class Drawn:
    """A dataset of images with these contours."""

    def __init__(self, **contours: tuple[Contour, ...]) -> None:
        self.images = [SimpleNamespace(image_id=name.removeprefix("i")) for name in contours]
        self._contours = {name.removeprefix("i"): each for name, each in contours.items()}

    def contours(self, image) -> tuple[Contour, ...]:
        return self._contours[image.image_id]


@pytest.fixture(scope="module")
def features(tmp_path_factory: pytest.TempPathFactory) -> PlaceFeatures:
    folder: Path = tmp_path_factory.mktemp("features")
    source = SimpleNamespace(box=Box(0, 0, 400, 320))
    inside = np.ones(GRID, bool)
    inside[:, 12:] = False
    files = feature_files(folder, SICK)
    for path in files.values():
        np.save(path, np.zeros((inside.sum(), 3), np.float16))
        save_places(places_file(path), source, [inside])
    return PlaceFeatures(files)


def labels(features: PlaceFeatures, study: Study = STUDY, **contours: tuple[Contour, ...]):
    dataset = Drawn(**{"i1": (), "i2": (), "i3": (), **contours})
    images = {image.image_id: image for image in dataset.images}
    make = ContourLabels(study, dataset, images, SICK, features)
    return [make(View(one, 0)) for one in SICK]


def cells(found: LabelledPlaces) -> np.ndarray:
    """(p, 2): the row and column in the grid of each labelled place."""
    return np.stack(divmod(found.rows, 12), axis=1)


def test_a_place_inside_a_contour_of_a_sick_image_is_sick(features: PlaceFeatures):
    """From 18 to 42 of the view's pixels are the places at 21.5, 29.5 and 37.5."""
    found = labels(features, i1=(MASS,))[0]
    assert cells(found).min(axis=0).tolist() == [1, 1]
    assert cells(found).max(axis=0).tolist() == [3, 3]
    assert len(cells(found)) == 9
    assert found.sick
    assert found.weight.sum() == pytest.approx(1.0)


def test_elsewhere_in_a_sick_image_nothing_is_known(features: PlaceFeatures):
    """Nor anywhere in a sick image that has no contour."""
    assert len(labels(features, i1=(MASS,))[2].rows) == 0


def test_where_no_sick_image_has_a_contour_there_are_no_labels(features: PlaceFeatures):
    """A release without contours trains the image's own loss alone, whatever their weight."""
    for found in (*labels(features), *labels(features, i2=(MASS,))):
        assert len(found.rows) == 0


def test_a_healthy_image_is_healthy_also_inside_its_contours(features: PlaceFeatures):
    """A benign finding says nothing else."""
    drawn, none = labels(features, i1=(MASS,), i2=(MASS,)), labels(features, i1=(MASS,))
    for found in (drawn[1], none[1]):
        assert not found.sick
        assert found.weight.sum() == pytest.approx(1.0)
    assert np.array_equal(drawn[1].rows, none[1].rows)


def test_each_kind_has_its_weight(features: PlaceFeatures):
    """Of two kinds at one place the larger counts; a kind of weight 0 labels nothing."""
    cluster = labels(features, i1=(Contour("cluster", "Cluster", SQUARE),))[0]
    assert cluster.weight.sum() == pytest.approx(0.25)
    both = (Contour("cluster", "Cluster", SQUARE), MASS)
    assert labels(features, i1=both)[0].weight.sum() == pytest.approx(1.0)
    point = (Contour("point", "Point 1", ((60.0, 60.0),)),)
    assert len(labels(features, i1=point)[0].rows) == 0


def test_a_single_calcification_labels_the_place_that_it_is_in(features: PlaceFeatures):
    """However small a part of it that is."""
    point = (Contour("calcification", "Calcification", ((62.0, 78.0),)),)
    found = labels(features, i1=point)[0]
    assert cells(found).tolist() == [[3, 2]]  # the view's (31, 39), in 25.5 to 33.5, 33.5 to 41.5


def test_each_small_finding_labels_its_own_place(features: PlaceFeatures):
    """Also beside one of its kind that covers more of a place, or all of it."""
    for other in (((62.0, 78.0),), SQUARE):
        points = tuple(
            Contour("calcification", "Calcification", each) for each in (other, ((120.0, 180.0),))
        )
        found = labels(features, i1=points)[0]
        assert [10, 6] in cells(found).tolist()  # the view's (60, 90)


def test_a_finding_that_a_view_cuts_off_labels_nothing(features: PlaceFeatures):
    """Nor does one that lies beside the layer's first or last places."""
    point = (Contour("calcification", "Calcification", ((4.0, 4.0),)),)
    assert len(labels(features, i1=point)[0].rows) == 0


def test_the_same_seed_labels_the_same_places(features: PlaceFeatures):
    """Another seed others, of the healthy."""
    first, again, other = (
        labels(features, replace(STUDY, seed=seed), i1=(MASS,)) for seed in (20, 20, 21)
    )
    assert np.array_equal(first[1].rows, again[1].rows)
    assert not np.array_equal(again[1].rows, other[1].rows)
