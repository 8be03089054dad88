"""How many images and views a study has, before its dataset is made and after."""

from dataclasses import replace
from pathlib import Path

import pytest

from jobs.artifacts.layout import Root
from jobs.config.names import TEST
from jobs.config.sections import DataConfig, ViewsConfig
from jobs.config.study import Study
from jobs.forecast.extent import Extent, PhantomSize, Sample, find_extent
from mammo_tfds.phantom import make_release
from mammo_tfds.release.splits import SplitError

STUDY = Study(data=DataConfig(folds=2), views=ViewsConfig(healthy=2, sick=5))
SAMPLES = (
    *(Sample(TEST, "5"), Sample(TEST, "1")),
    *(Sample("fold0", "4a"), Sample("fold0", "2")),
    *(Sample("fold1", "6"), Sample("fold1", "5"), Sample("fold1", "3")),
)


def test_views_by_class_and_split():
    """Test images have one view each; a fold's model trains on the other folds' views alone."""
    extent = Extent(SAMPLES, 0)
    assert extent.views(STUDY) == 2 + (5 + 2) + (5 + 5 + 2)
    assert extent.training_views(STUDY, "fold0") == 12
    assert extent.training_views(STUDY, "fold1") == 7
    assert extent.training_views(STUDY, "all") == 19


def test_a_phantom_that_is_to_be_made_has_the_extent_of_the_one_that_is(tmp_path: Path):
    """Its images are known from its seed; the release that it makes has the same splits."""
    phantom = PhantomSize(20, 12, (128, 104))
    before = find_extent(Root(tmp_path), STUDY, tmp_path / "phantom", phantom)
    make_release(tmp_path / "phantom", seed=20, patients=12, size=(128, 104))
    after = find_extent(Root(tmp_path), STUDY, tmp_path / "phantom", None)
    assert before and after
    assert before.samples == after.samples
    assert before.pixel_bytes == len(before.samples) * 128 * 104 * 2
    assert before.pixel_bytes < after.pixel_bytes < 1.1 * before.pixel_bytes  # headers


def test_projections_that_are_not_used_have_no_views(tmp_path: Path):
    """With CC alone there are the CC images of the same splits."""
    phantom = PhantomSize(20, 12, (128, 104))
    every, cc, mlo = (
        find_extent(Root(tmp_path), replace(STUDY, views=ViewsConfig(select=select)), None, phantom)
        for select in ("all", "cc", "mlo")
    )
    assert every and cc and mlo
    assert 0 < len(cc.samples) < len(every.samples)
    assert len(cc.samples) + len(mlo.samples) <= len(every.samples)


def test_nothing_is_there(tmp_path: Path):
    """Neither a dataset, nor a release, nor what would make one."""
    assert find_extent(Root(tmp_path), STUDY, tmp_path / "release", None) is None


def test_too_few_patients(tmp_path: Path):
    """The splits cannot be told."""
    many = replace(STUDY, data=DataConfig(folds=50))
    with pytest.raises(SplitError):
        find_extent(Root(tmp_path), many, None, PhantomSize(20, 12, (128, 104)))
