"""Stored features as a model's inputs."""

from pathlib import Path

import numpy as np
import pytest

from jobs.artifacts.layout import Root
from jobs.common.errors import MissingInputError
from jobs.config.study import DataConfig, Study
from jobs.features.store import Features, feature_files
from jobs.training.from_features import FeatureInputs, FromFeatures
from jobs.views.parameters import View
from tests.jobs.small_datasets import small_dataset


def test_inputs_are_the_stored_features(tmp_path: Path):
    """In the dtype that they are stored in, in the order of the views; the same in each epoch."""
    stored = np.arange(3 * 2 * 2 * 4, dtype=np.float16).reshape(3, 2, 2, 4)
    np.save(tmp_path / "a.npy", stored)
    with Features(feature_files(tmp_path, ["a"])) as features:
        inputs = FeatureInputs(features)
        assert inputs.views(["a"], 1) == inputs.views(["a"], 7)
        tensor = inputs.load([View("a", 2), View("a", 0)], None).numpy()
    assert tensor.dtype == np.float16
    assert np.array_equal(tensor, stored[[2, 0]])


def test_missing_features_name_the_command(tmp_path: Path):
    """Exit 69, before anything is read of the dataset."""
    study = Study(data=DataConfig(folds=2))
    with pytest.raises(MissingInputError, match=r"features/\w+ is missing: run mammo embed"):
        FromFeatures(Root(tmp_path), study, small_dataset())
