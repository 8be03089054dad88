"""folds.json, images.csv and contours.json."""

import json
from pathlib import Path

import pytest

from mammo_tfds.inbreast.tables import (
    CONTOURS,
    FOLDS,
    IMAGES,
    Folds,
    Image,
    SplitConfig,
    read_contours,
    read_folds,
    read_images,
    write_contours,
    write_folds,
    write_images,
)
from mammo_tfds.release.contours import Contour

STORED = Folds(SplitConfig(seed=7, sick=(5, 6)), {"test": ("1",), "fold0": ("2", "3")}, "widest")
IMAGE = Image(
    image_id="20586908",
    patient="6c613a14b80a8591",
    side="R",
    view="MLO",
    birads="4a",
    density=3,
    split="fold0",
    index=0,
    rows=48,
    columns=40,
    pixels_sha256="0" * 64,
)
UNKNOWN_DENSITY = Image(**{**vars(IMAGE), "image_id": "20586931", "density": None})


def test_folds_are_read_as_they_were_written(tmp_path: Path):
    """folds.json is read back with the splits and their configuration."""
    write_folds(tmp_path, STORED)
    assert read_folds(tmp_path) == STORED


def test_the_form_of_folds_json(tmp_path: Path):
    """folds.json is a flat JSON object: the configuration, the splits, and their hash.

    Older ones do not have the window, which was the first.
    """
    write_folds(tmp_path, STORED)
    content = json.loads((tmp_path / FOLDS).read_text())
    assert list(content) == ["seed", "folds", "test", "sick", "window", "splits", "hash"]
    assert content["splits"] == {"test": ["1"], "fold0": ["2", "3"]}
    assert content["hash"] == STORED.hash
    assert content.pop("window") == "widest"
    (tmp_path / FOLDS).write_text(json.dumps(content))
    assert read_folds(tmp_path).window == "first"


def test_changed_splits_are_an_error(tmp_path: Path):
    """Splits that do not have the stored hash are an error that names both hashes."""
    write_folds(tmp_path, STORED)
    path = tmp_path / FOLDS
    path.write_text(path.read_text().replace('"3"', '"4"'))
    with pytest.raises(ValueError, match=f"hash {STORED.hash}.*prepare the dataset again"):
        read_folds(tmp_path)


def test_images_are_read_as_they_were_written(tmp_path: Path):
    """images.csv is read back, also without a density."""
    write_images(tmp_path, [IMAGE, UNKNOWN_DENSITY])
    assert read_images(tmp_path) == (IMAGE, UNKNOWN_DENSITY)


def test_the_form_of_images_csv(tmp_path: Path):
    """images.csv has a header, commas, LF, and an empty cell for an unknown density."""
    write_images(tmp_path, [UNKNOWN_DENSITY])
    header, row, end = (tmp_path / IMAGES).read_bytes().split(b"\n")
    assert header == (
        b"image_id,patient,side,view,birads,density,split,index,rows,columns,pixels_sha256"
    )
    assert row == b"20586931,6c613a14b80a8591,R,MLO,4a,,fold0,0,48,40," + b"0" * 64
    assert end == b""


def test_contours_are_read_as_they_were_written(tmp_path: Path):
    """contours.json is read back to the last bit, with an image that has none."""
    points = ((1 / 3, -2.0), (1e9, 0.1))
    contours = {"8": (), "7": (Contour("mass", "Mass", points), Contour("unnamed", "", ((0, 0),)))}
    write_contours(tmp_path, contours)
    assert read_contours(tmp_path) == contours


def test_the_form_of_contours_json(tmp_path: Path):
    """contours.json is a JSON object of the images by id, in their order, each on a line."""
    write_contours(tmp_path, {"8": (), "7": (Contour("mass", "Mass", ((8.0, 10.5),)),)})
    assert (tmp_path / CONTOURS).read_text() == (
        '{\n"7": [{"kind": "mass", "word": "Mass", "points": [[8.0, 10.5]]}],\n"8": []\n}\n'
    )
