"""Views split into folds, not patients: what a model is trained on, and what it predicts."""

from hypothesis import given
from hypothesis import strategies as st

from jobs.config.sections import DataConfig, ViewsConfig
from jobs.config.study import Study
from jobs.data.training_set import select_training_set
from jobs.training.augment_first import split_views
from jobs.views.parameters import view_count
from tests.jobs.small_datasets import small_dataset

DATASET = small_dataset()
FOLDS = ("fold0", "fold1")


def study_of(seed: int, healthy: int, sick: int) -> Study:
    return Study(
        seed=seed,
        data=DataConfig(folds=2, order="augment-first"),
        views=ViewsConfig(healthy=healthy, sick=sick),
    )


def split(study: Study, model: str):
    return split_views(study, DATASET, select_training_set(study, DATASET, model))


studies = st.builds(study_of, st.integers(0, 2**32 - 1), st.integers(2, 30), st.integers(2, 30))


@given(studies)
def test_each_view_is_held_out_by_one_fold(study: Study):
    """Every other model trains on it; the folds' shares of an image differ by one at most."""
    held_out = [split(study, fold).held_out for fold in FOLDS]
    for image in DATASET.images:
        if image.split == "test":
            continue
        views = set(range(view_count(study, image)))
        one, other = (found[image.image_id] for found in held_out)
        assert one | other == views and not one & other
        assert abs(len(one) - len(other)) <= 1


@given(studies)
def test_a_model_is_validated_on_other_views_of_images_that_it_is_trained_on(study: Study):
    """That is what inflates. Each patient still validates one fold; the test set stays apart."""
    for fold in FOLDS:
        found = split(study, fold)
        assert sorted(found.validation) == sorted(DATASET.splits[fold])
        assert sorted(found.training) == sorted(
            [*DATASET.splits["fold0"], *DATASET.splits["fold1"]]
        )
        for image_id in found.validation:
            assert not found.trains_on(image_id, found.predicted_view(image_id))
        for image_id in DATASET.splits["test"]:
            assert found.predicted_view(image_id) == 0


def test_the_seed_draws_the_views():
    """The same seed holds out the same views, another one others."""
    first, again, other = (split(study_of(seed, 10, 27), "fold0") for seed in (1, 1, 2))
    assert first == again
    assert first.held_out != other.held_out


def test_the_all_data_model_trains_on_all_views():
    """It has no validation fold, in either order."""
    study = study_of(1, 10, 27)
    assert split(study, "all") == select_training_set(study, DATASET, "all")
