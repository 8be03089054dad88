"""mammo prepare: release -> dataset."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tensorflow_datasets as tfds
from pydicom.uid import BasicTextSRStorage

from jobs import cli
from jobs.artifacts.layout import DATASET_VERSION, Root
from jobs.artifacts.manifest import read_manifest, verify
from jobs.common import resources
from jobs.common.errors import ConfigError, DataError
from jobs.common.progress import silent
from jobs.config.study import Study
from jobs.data import prepare as data_prepare
from jobs.data.dataset import open_dataset
from jobs.stages import prepare
from mammo_tfds.inbreast import inbreast_dataset_builder, shards
from mammo_tfds.inbreast.inbreast_dataset_builder import Builder
from mammo_tfds.inbreast.tables import SplitConfig
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.release.release import is_sick, read_release
from tests import doomed
from tests.releases import (
    make_pixels,
    make_rows,
    write_contours,
    write_dicom,
    write_object,
    write_release,
    write_table,
)

ROWS = make_rows(patients=12, sick=6)
Prepare = Callable[..., Path]


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "thread_count", lambda: 1)
    monkeypatch.setattr(shards, "run_tasks", doomed.run_here)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path / "release", ROWS)


def options(*arguments: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    return parser.parse_args([str(argument) for argument in arguments])


@pytest.fixture
def run(release: Path, tmp_path: Path) -> Prepare:
    def run(*more: str, root: str = "root", study: str = "seed: 3", watch=silent) -> Path:
        config = tmp_path / "study.yaml"
        config.write_text(study)
        folder = tmp_path / root
        arguments = ("--release", release, "--root", folder, "--config", config, *more)
        cli.call(prepare, options(*arguments), watch, report=sys.stdout.write)
        return Root(folder).dataset.folder

    return run


def spoil(release: Path, row: int) -> str:
    path = release / "AllDICOMs" / f"{ROWS[row].stem}.dcm"
    path.write_bytes(path.read_bytes()[:900])
    return path.name


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_dataset_is_published(run: Prepare, tmp_path: Path):
    """An artifact in TFDS's layout with three files of ours, and nothing beside it."""
    folder = run()
    manifest = read_manifest(folder)
    verify(folder, manifest)
    ours = {"folds.json", "images.csv", "contours.json"}
    assert ours | {"dataset_info.json", "features.json"} <= set(manifest.files)
    assert manifest.configuration == {
        "seed": 3,
        "data": {"sick": [4, 5, 6], "folds": 5, "test": 0.2, "window": "first"},
    }
    assert [path.name for path in folder.parent.iterdir()] == [DATASET_VERSION]
    assert all(path.is_file() for path in folder.iterdir())
    assert len(open_dataset(tmp_path / "root").images) == len(ROWS)


def test_the_study_sets_the_splits(run: Prepare):
    """Seed, folds, test share and who is sick are the study's."""
    study = "seed: 9\ndata: {folds: 2, test: 0.3, sick: [4, 5]}"
    stored = json.loads((run(study=study) / "folds.json").read_text())
    assert (stored["seed"], stored["folds"], stored["test"]) == (9, 2, 0.3)
    assert stored["sick"] == [4, 5]
    assert list(stored["splits"]) == ["test", "fold0", "fold1"]


def test_the_builder_has_the_defaults_of_a_study():
    """TFDS alone makes the same splits as the stage."""
    study = Study()
    assert SplitConfig() == SplitConfig(
        study.seed, study.data.folds, study.data.test, tuple(study.data.sick)
    )
    assert str(Builder.VERSION) == DATASET_VERSION


def test_tfds_can_read_the_dataset(run: Prepare, tmp_path: Path):
    """It finds it by name under ROOT/dataset, for tf.data and for random access."""
    run()
    where = {"data_dir": tmp_path / "root" / "dataset", "split": "test", "download": False}
    source = tfds.data_source("inbreast", **where)
    streamed = tfds.load("inbreast", **where).as_numpy_iterator()
    assert [one["image_id"] for one in source] == [one["image_id"] for one in streamed]


def test_a_second_call_writes_nothing(run: Prepare, capsys: pytest.CaptureFixture[str]):
    """It says that the dataset is up to date."""
    folder = run()
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert capsys.readouterr().out == f"{folder}: done\n"
    run()
    assert capsys.readouterr().out == f"{folder}: up to date\n"
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("study", ["seed: 4", "{seed: 3, data: {folds: 4}}"])
def test_another_configuration_needs_another_root(run: Prepare, study: str):
    """The error says to name another --root."""
    run()
    with pytest.raises(ConfigError, match="name another --root"):
        run(study=study)


def test_settings_of_later_stages_do_not_matter(run: Prepare, capsys: pytest.CaptureFixture[str]):
    """They are not in the dataset's key."""
    run()
    run(study="{seed: 3, train: {epochs: 2}}")
    assert "up to date" in capsys.readouterr().out


def test_a_changed_image_is_another_release(run: Prepare, release: Path):
    """One changed byte in an image changes the key."""
    run()
    path = release / "AllDICOMs" / f"{ROWS[0].stem}.dcm"
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    with pytest.raises(ConfigError, match="name another --root"):
        run()


def test_a_changed_contour_is_another_release(run: Prepare, release: Path):
    """A changed contour changes the key."""
    run()
    rois = [("Mass", [(8, 10), (16, 10), (16, 21)])]
    write_contours(release / "AllXML" / f"{ROWS[0].image_id}.xml", rois)
    with pytest.raises(ConfigError, match="name another --root"):
        run()


def test_a_release_that_changes_meanwhile(run: Prepare, release: Path):
    """The dataset's content is that of its key, even if the table changes during the call."""
    expected = contents(run())
    changed = [replace(row, birads="2", rois=()) for row in ROWS]

    def change(what: str, done: int, total: int) -> None:
        if what == "prepare: hashes" and done == total:
            write_table(release / "INbreast.csv", changed)

    found = contents(run(root="other", watch=change))
    for files in (expected, found):
        del files["manifest.json"]
    assert found == expected


def test_the_release_is_read_and_split_once(run: Prepare, monkeypatch: pytest.MonkeyPatch):
    """The builder writes the release and the splits that the key was made from."""
    calls = dict.fromkeys(("read_release", "assign_splits"), 0)

    def count(name: str) -> Callable[..., object]:
        function = getattr(data_prepare, name)

        def counted(*args: object, **kwargs: object) -> object:
            calls[name] += 1
            return function(*args, **kwargs)

        return counted

    for name in calls:
        counted = count(name)
        monkeypatch.setattr(data_prepare, name, counted)
        monkeypatch.setattr(inbreast_dataset_builder, name, counted)
    run()
    assert calls == {"read_release": 1, "assign_splits": 1}


def test_a_moved_release_has_the_same_key(
    run: Prepare, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """It does not matter where the release lies, nor what other files lie in it."""
    run()
    moved = release.rename(tmp_path / "moved")
    write_release(release, [])
    (moved / "README.txt").write_text("junk")
    run("--release", str(moved))
    assert "up to date" in capsys.readouterr().out


def test_two_roots_are_equal(run: Prepare):
    """The same release and study give the same bytes in all files but the manifest."""
    one, other = contents(run()), contents(run(root="other"))
    one.pop("manifest.json")
    other.pop("manifest.json")
    assert one == other


def test_an_unreadable_image(
    run: Prepare, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """It is named on stderr and in the manifest, without its patient; the others are prepared."""
    image_id, patient, rest = spoil(release, 4).split("_", 2)
    manifest = read_manifest(run())
    (line,) = manifest.notes["left_out"]
    assert line.startswith(f"{image_id}_{rest}: ")
    assert patient not in line
    assert capsys.readouterr().err == f"mammo: left out: {line}\n"
    assert len(open_dataset(tmp_path / "root").images) == len(ROWS) - 1


def test_a_file_that_costs_no_image(
    run: Prepare, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A report, or contours that are broken: named, but not among the images that are missing."""
    row = ROWS[0]
    (release / "AllXML" / f"{row.image_id}.xml").write_text("<plist>")
    stray = release / "AllDICOMs" / f"{row.stem}_report.dcm"
    write_object(stray, BasicTextSRStorage)
    notes = read_manifest(run()).notes
    assert notes["left_out"] == []
    assert [line.partition(": ")[0] for line in notes["left_out_files"]] == [
        f"AllDICOMs/{stray.name.replace(f'_{row.patient}', '')}",
        f"AllXML/{row.image_id}.xml:1",
    ]
    told = capsys.readouterr().err.splitlines()
    assert sorted(told) == [f"mammo: left out: {line}" for line in notes["left_out_files"]]
    dataset = open_dataset(tmp_path / "root")
    assert len(dataset.images) == len(ROWS)
    assert dataset.contours(next(i for i in dataset.images if i.image_id == row.image_id)) == ()
    with pytest.raises(DataError, match="leaves out 2 files"):
        run("--strict")


def test_the_study_sets_the_window(
    run: Prepare, release: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """A warning is on stderr and in the manifest, without the patient; also with --strict."""
    path = release / "AllDICOMs" / f"{ROWS[4].stem}.dcm"
    pixels = make_pixels(ROWS[4])
    write_dicom(path, pixels, WindowCenter=[0, 1200], WindowWidth=[0, 2400])
    expected = {"first": read_pixels(path, 2), "none": pixels}
    for window, shown in expected.items():
        folder = run("--strict", root=window, study=f"data: {{window: {window}}}")
        dataset = open_dataset(tmp_path / window)
        [image] = (image for image in dataset.images if image.image_id == ROWS[4].image_id)
        np.testing.assert_array_equal(dataset.pixels(image), shown)
        manifest = read_manifest(folder)
        assert manifest.configuration["data"]["window"] == window
        assert manifest.notes["left_out"] == []
        lines = manifest.notes["warnings"]
        assert capsys.readouterr().err == "".join(f"mammo: warning: {line}\n" for line in lines)
        image_id, patient, rest = path.name.split("_", 2)
        assert [line.partition(" cannot")[0] for line in lines] == (
            [f"{image_id}_{rest}: window 1"] if window == "first" else []
        )
        assert patient not in "".join(lines)


def test_strict_refuses_a_dataset_that_lacks_an_image(run: Prepare, release: Path):
    """An earlier call without --strict has left it out."""
    spoil(release, 4)
    run()
    with pytest.raises(DataError, match="leaves out 1 files"):
        run("--strict")


def test_strict_refuses_an_unreadable_image(run: Prepare, release: Path, tmp_path: Path):
    """The error names it without its patient; nothing is left behind."""
    image, _, rest = spoil(release, 4).split("_", 2)
    with pytest.raises(DataError, match=f"^{image}_{rest}"):
        run("--strict")
    assert not list((tmp_path / "root" / "dataset" / "inbreast").iterdir())


def test_a_class_that_cannot_be_read(run: Prepare, release: Path):
    """If a split loses all its sick images, that is an error."""
    for row, spec in enumerate(ROWS):
        if spec.birads[0] in "456":
            spoil(release, row)
    with pytest.raises(DataError, match="each split needs a sick image"):
        run()


def test_progress(run: Prepare):
    """Hashing and writing each count from 0 to the number of images."""
    progress: dict[str, list[tuple[int, int]]] = {}
    run(watch=lambda what, done, total: progress.setdefault(what, []).append((done, total)))
    assert list(progress) == ["prepare: hashes", "prepare: images"]
    for steps in progress.values():
        assert steps[0] == (0, len(ROWS))
        assert steps[-1] == (len(ROWS), len(ROWS))


def test_on_two_cores_without_tensorflow(release: Path, tmp_path: Path):
    """In several processes: no TensorFlow, no output, no files in the home folder."""
    config = tmp_path / "study.yaml"
    config.write_text("seed: 3")
    code = """
import argparse, sys
from jobs import cli
from jobs.common import resources
from jobs.common.progress import silent
from jobs import cli
from jobs.stages import prepare
resources.thread_count = lambda: 2
parser = argparse.ArgumentParser()
prepare.add_arguments(parser)
if __name__ == "__main__":
    cli.call(prepare, parser.parse_args(), silent)
    assert "tensorflow" not in sys.modules
"""
    script = tmp_path / "script.py"
    script.write_text(code)
    home = tmp_path / "home"
    arguments = ["--release", release, "--root", tmp_path / "root", "--config", config]
    done = subprocess.run(
        [sys.executable, script, *arguments],
        capture_output=True,
        check=False,
        text=True,
        env={"HOME": str(home), "PYTHONPATH": str(Path(prepare.__file__).parents[2])},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not home.exists()
    assert len(open_dataset(tmp_path / "root").images) == len(ROWS)


def test_real_mammograms(run: Prepare, shared: Path, tmp_path: Path):
    """All images of a part of a real release are prepared: JPEG, of both photometric kinds."""
    whole = read_release(shared / "real_mammograms")
    chosen = [
        record
        for sick in (True, False)
        for record in [r for r in whole.records if is_sick(r.birads) is sick][:24]
    ]
    part = tmp_path / "part"
    part.mkdir()
    for record in chosen:
        (part / record.path.name).symlink_to(record.path)
    ids = {record.image_id for record in chosen}
    header, *rows = (whole.folder / "INbreast.csv").read_text().splitlines()
    kept = [row for row in rows if row.split(";")[5] in ids]
    (part / "INbreast.csv").write_text("\n".join([header, *kept]))
    folder = run("--release", str(part))
    notes = read_manifest(folder).notes
    assert (notes["left_out"], notes["left_out_files"], notes["synthetic"]) == ([], [], False)
    assert notes["warnings"] == []
    assert notes["release"]["images"] == len(ids)
    assert {image.image_id for image in open_dataset(tmp_path / "root").images} == ids
