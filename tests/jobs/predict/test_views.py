"""A new image's view is the one that the study's features were made of."""

import numpy as np
import pytest

from jobs.config.sections import DataConfig, HeadConfig, ViewsConfig
from jobs.config.study import Study
from jobs.predict.views import UntouchedViews
from jobs.views.dali import make_views
from tests.releases import RowSpec, make_pixels


@pytest.mark.parametrize("side", ["L", "R"])
@pytest.mark.parametrize("frame", ["fixed", "breast"])
@pytest.mark.parametrize("mirror", [False, True])
def test_it_is_the_study_s_untouched_view(side: str, frame: str, mirror: bool):
    """Bit for bit, whichever frame the views have, and whether breasts are turned to one side."""
    views = ViewsConfig(size=(80, 75), frame=frame, mirror=mirror)
    study = Study(data=DataConfig(folds=2), views=views, head=HeadConfig(kind="local"))
    pixels = make_pixels(RowSpec(side=side), (120, 60))
    found = UntouchedViews(study, None).make(pixels)
    expected = make_views(pixels, "20586908", views, study.seed, 1)
    assert np.array_equal(np.array(found.tensor), expected)
    assert found.geometry.size == expected.shape[1:3]


def test_mirrored_breasts_are_mirror_images():
    """With `views.mirror`, a right breast gives the view of the left one that it mirrors."""
    study = Study(views=ViewsConfig(size=(80, 75), mirror=True))
    maker = UntouchedViews(study, None)
    left = make_pixels(RowSpec(side="L"), (120, 60))
    views = [np.array(maker.make(each).tensor) for each in (left, left[:, ::-1].copy())]
    assert np.allclose(*views, atol=1e-5)
