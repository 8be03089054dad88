"""What a training step reads of a local head's places: a sample of each view, then the labelled."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from jobs.training.contour_labels import LabelledPlaces
from jobs.training.place_inputs import LoadedStep, PlaceInputs, StepLoader, load_places
from jobs.views.parameters import View
from tests.jobs.training.together.arrays import make_places

PLACES = make_places()
VIEWS = PLACES.views(PLACES.rows)


def label_ends(view: View) -> LabelledPlaces:
    """The first and the last place of a view; the last counts twice."""
    last = len(PLACES.rows[view.image_id]) - 1
    return LabelledPlaces(np.array([0, last]), int(view.image_id) % 2 == 1, np.array([0.5, 1.0]))


LOADER = StepLoader(20, PLACES, 0.3, label_ends)


def looked_at(loaded: LoadedStep) -> list[np.ndarray]:
    """The features of each view's places that a step looks at."""
    ends = np.cumsum(loaded.lengths.numpy())
    return np.split(loaded.rows.numpy()[: ends[-1]], ends[:-1])


@pytest.mark.parametrize("sample", [0.01, 0.3, 1.0])
def test_a_step_looks_at_a_share_of_each_view_s_own_places(sample: float):
    """At least one, none twice, and never another view's."""
    found = looked_at(replace(LOADER, sample=sample).load(VIEWS, 1))
    for view, features in zip(VIEWS, found, strict=True):
        own = Counter(row.tobytes() for row in PLACES.rows[view.image_id])
        assert len(features) == max(1, round(sample * own.total()))
        assert Counter(row.tobytes() for row in features) <= own


def test_without_a_sample_a_step_looks_at_what_predictions_do():
    """All places, in their order."""
    loaded = replace(LOADER, sample=1.0, labels=None).load(VIEWS, 1)
    for found, expected in zip(loaded[:2], load_places(PLACES, VIEWS), strict=True):
        assert np.array_equal(found, expected)


def test_the_labelled_places_come_after_all_others():
    """Each view's own, whether they are looked at or not."""
    loaded = LOADER.load(VIEWS, 1)
    rows = loaded.rows.numpy()[loaded.lengths.numpy().sum() :]
    expected = [PLACES.rows[view.image_id][[0, -1]] for view in VIEWS]
    assert np.array_equal(rows, np.concatenate(expected))


def test_labels_weigh_as_much_as_their_views():
    """In the order of the labelled places."""
    views = VIEWS[1:3]
    (_, _), labels = PlaceInputs(PLACES, LOADER).load_step(views, [2.0, 3.0], 1, 0)
    assert labels["place_sick"].numpy().tolist() == [1, 1, 0, 0]
    assert labels["place_weight"].numpy().tolist() == [1.0, 2.0, 1.5, 3.0]


def test_a_sample_is_of_the_view_the_epoch_and_the_seed_alone():
    """Whatever else lies in the batch: so a study that was interrupted goes on as it would have."""
    alone = looked_at(LOADER.load(VIEWS[-1:], 3))[0]
    assert np.array_equal(alone, looked_at(LOADER.load(VIEWS, 3))[-1])
    assert not np.array_equal(alone, looked_at(LOADER.load(VIEWS[-1:], 4))[0])
    other = replace(LOADER, seed=21)
    assert not np.array_equal(alone, looked_at(other.load(VIEWS[-1:], 3))[0])
