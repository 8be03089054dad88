"""The contact sheet."""

import numpy as np
import pytest
from PIL import Image

from mammo_tfds.phantom import draw_contact_sheet, make_release
from mammo_tfds.release.release import ReleaseError, read_release


def test_a_row_of_thumbnails_for_each_category(tmp_path):
    """The sheet has a row of thumbnails for each category; outlines are drawn in colour."""
    make_release(tmp_path / "r", seed=20, patients=4, size=(128, 104))
    draw_contact_sheet(tmp_path / "r", tmp_path / "plain.png", columns=4, height=100)
    draw_contact_sheet(tmp_path / "r", tmp_path / "red.png", columns=4, height=100, outlines=True)
    rows = len({record.birads for record in read_release(tmp_path / "r").records})
    plain, red = (np.asarray(Image.open(tmp_path / name)) for name in ("plain.png", "red.png"))
    assert plain.shape[0] == rows * (100 + 18)
    assert (plain > 60).mean() > 0.05
    assert np.any(red != plain)
    assert np.array_equal(plain[..., 0], plain[..., 1])


def test_a_folder_without_a_release_is_refused(tmp_path):
    """Another folder is a ReleaseError, and no file is written."""
    with pytest.raises(ReleaseError):
        draw_contact_sheet(tmp_path, tmp_path / "sheet.png")
    assert not list(tmp_path.iterdir())
