"""Making a phantom release."""

import hashlib

import numpy as np
import pytest

from mammo_tfds.phantom.generate import make_release
from mammo_tfds.phantom.population import make_population
from mammo_tfds.phantom.render import render
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.release.release import read_release

SIZE = (128, 104)


def _hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Twelve patients."""
    folder = tmp_path_factory.mktemp("phantom") / "release"
    make_release(folder, seed=20, patients=12, size=SIZE)
    return folder


def test_it_reads_as_a_release(release):
    """`read_release` finds every image, with the facts of the population."""
    found = read_release(release)
    found.require_usable()
    assert {record.image_id: record for record in found.records}.keys() == {
        each.image_id for each in make_population(20, 12)
    }
    by_id = {record.image_id: record for record in found.records}
    for each in make_population(20, 12):
        record = by_id[each.image_id]
        assert (record.patient, record.side, record.view) == (each.patient, each.side, each.view)
        assert (record.birads, record.density) == (each.birads, each.density)
        assert bool(record.contours) == (each.birads != "1")
    assert not [problem for problem in found.problems if problem.fatal]


def test_pixels_come_back(release):
    """`read_pixels` gives the pixels that were rendered."""
    by_id = {record.image_id: record.path for record in read_release(release).records}
    for each in make_population(20, 12)[::10]:
        assert np.array_equal(read_pixels(by_id[each.image_id]), render(20, each, SIZE).pixels)


def test_files_of_a_desktop(release):
    """The folders have .DS_Store and ._ files, as in the real release."""
    names = [path.name for path in release.rglob("*") if path.is_file()]
    assert names.count(".DS_Store") == 3
    assert sum(name.startswith("._") for name in names) == 2
    assert not [name for name in names if name.endswith((".xls", ".txt")) and name != "README.txt"]


def test_the_same_seed_makes_the_same_bytes(release, tmp_path):
    """The same arguments make the same bytes, for any number of threads."""
    make_release(tmp_path / "again", seed=20, patients=12, size=SIZE, threads=1)
    assert _hashes(tmp_path / "again") == _hashes(release)


def test_the_first_patients_have_the_same_bytes(release, tmp_path):
    """The files of three patients are among those of twelve, except the table and the README."""
    make_release(tmp_path / "fewer", seed=20, patients=3, size=SIZE)
    fewer, more = _hashes(tmp_path / "fewer"), _hashes(release)
    assert {name for name in fewer if fewer[name] != more[name]} == {"INbreast.csv", "README.txt"}
    table = (tmp_path / "fewer" / "INbreast.csv").read_bytes()
    assert (release / "INbreast.csv").read_bytes().startswith(table)


def test_another_seed_makes_other_bytes(release, tmp_path):
    """With another seed, no image is the same."""
    make_release(tmp_path / "other", seed=21, patients=3, size=SIZE)
    images = {value for name, value in _hashes(release).items() if name.endswith("ANON.dcm")}
    others = _hashes(tmp_path / "other")
    mine = {v for k, v in others.items() if k.endswith("ANON.dcm") and "._" not in k}
    assert mine
    assert not mine & images


def test_progress(tmp_path):
    """`watch` is called after every image, from the first to the last."""
    seen = []
    make_release(
        tmp_path / "r", seed=1, patients=1, size=SIZE, watch=lambda *step: seen.append(step)
    )
    total = len(make_population(1, 1))
    assert seen == [("phantom", done, total) for done in range(1, total + 1)]


def test_existing_files_are_kept(tmp_path):
    """A folder that is not empty, or a file, is an error that names it, and stays unchanged."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("full", "file"):
        with pytest.raises(FileExistsError, match=f"{name} exists and is not an empty folder"):
            make_release(tmp_path / name, seed=1, patients=1, size=SIZE)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "full", "mine"]


def test_an_empty_folder_is_filled(tmp_path):
    """A release can be written into an empty folder."""
    (tmp_path / "empty").mkdir()
    make_release(tmp_path / "empty", seed=1, patients=1, size=SIZE)
    assert (tmp_path / "empty" / "INbreast.csv").is_file()


@pytest.mark.parametrize("size", [(64, 52), (256, 100), (256, 300), (0, 0)])
def test_invalid_sizes_are_refused(tmp_path, size):
    """A size that is too small or narrow for a breast is an error with the rule and the value."""
    with pytest.raises(ValueError, match=f"at least 128 rows.*got {size[0]}x{size[1]}"):
        make_release(tmp_path / "release", seed=1, patients=1, size=size)
    assert not list(tmp_path.iterdir())
