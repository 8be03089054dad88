"""The names of models, weights and splits."""

import pytest

from jobs.config.names import ALL, TEST, VALIDATION, fold_name, fold_number, spoken
from jobs.config.sections import DataConfig
from jobs.config.study import Study


@pytest.mark.parametrize("number", [0, 4, 17])
def test_a_folds_number_is_that_of_its_name(number: int):
    """`fold_number` undoes `fold_name`."""
    assert fold_number(fold_name(number)) == number


@pytest.mark.parametrize("name", [ALL, TEST, VALIDATION, "fold", "fold-1", "fold01", "1", "fold 1"])
def test_only_a_folds_model_has_a_number(name: str):
    """Any other name is an error that quotes it."""
    with pytest.raises(ValueError, match=f"got {name!r}"):
        fold_number(name)


def test_a_study_s_models_are_spoken_of():
    """Each model of a study has a name for readers."""
    models = Study(data=DataConfig(folds=2)).models()
    assert [spoken(model) for model in models] == ["fold 0", "fold 1", "all-data"]
