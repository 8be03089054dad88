"""A run as one file: damage and tricks are refused, and nothing half unpacked is left."""

import json
import zipfile
from dataclasses import replace

import pytest

from jobs.artifacts.archive import (
    CONTENTS,
    Entry,
    read_contents,
    run_entries,
    unpack_archive,
    write_archive,
)
from jobs.artifacts.layout import Location
from jobs.artifacts.run import open_run
from jobs.common.errors import DataError


@pytest.fixture
def packed(reported, tmp_path):
    """A run without its weights as an archive: the file."""
    run = open_run(reported.parents[1], "trial")
    models = run.require_models()
    features = next((reported.parents[1] / "features").iterdir())
    kinds = dict.fromkeys(models, "best")
    entries = run_entries(run, models, kinds, [Location(features, "mammo embed")])
    path = tmp_path / "trial.zip"
    write_archive(path, {"run": "trial"}, [*entries, Entry("note.txt", b"more")])
    return path


def rewrite(path, change):
    """Writes an archive again with its entries changed: a function of name and content."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(*change(name, content))


def test_it_comes_out_as_a_run(packed, reported, tmp_path):
    """Configuration, models and figures are there and intact; a second call unpacks nothing."""
    run = unpack_archive(packed, tmp_path / "there")
    assert run.study == open_run(reported.parents[1], "trial").study
    assert run.require_evaluation(run.require_models()).stage == "evaluate"
    assert not (run.folder.model("fold0").folder / "predictions.csv").exists()
    assert all(not each.command for each in run.require_models().values())  # it may name people
    run.folder.study.touch()
    before = run.folder.study.stat().st_mtime_ns
    assert unpack_archive(packed, tmp_path / "there").folder.study.stat().st_mtime_ns == before


def test_no_path_of_this_machine_is_in_its_study(reported):
    """Other runs and the weights' file are named, and not where they lie."""
    run = open_run(reported.parents[1], "trial")
    train = replace(run.study.train, start_from="/home/ann/runs/a", join="/home/ann/runs/films")
    model = replace(run.study.model, weights="/home/ann/inception.h5")
    elsewhere = replace(run, study=replace(run.study, train=train, model=model))
    (study, *_) = run_entries(elsewhere, {}, {}, [])
    assert study.name == "root/runs/trial/study.yaml"
    assert b"join: films" in study.content and b"weights: inception.h5" in study.content
    assert b"/home" not in study.content


def test_the_same_files_give_the_same_bytes(packed, tmp_path):
    """No time and no order of the disk is in it."""
    with zipfile.ZipFile(packed) as archive:
        names = [name for name in archive.namelist() if name != CONTENTS]
        entries = [Entry(name, archive.read(name)) for name in names]
    again = tmp_path / "again.zip"
    write_archive(again, {"run": "trial"}, entries[::-1])
    assert again.read_bytes() == packed.read_bytes()


def test_a_changed_file_is_refused(packed, tmp_path):
    """A file whose sha256 is not the listed one: exit 65, its name, and nothing is left."""
    rewrite(packed, lambda name, old: (name, b"less" if name == "note.txt" else old))
    with pytest.raises(DataError, match=r"note\.txt is not what was written; fetch it again"):
        unpack_archive(packed, tmp_path / "there")
    assert not [*(tmp_path / "there").iterdir()]


def test_a_truncated_file_is_refused(packed, tmp_path):
    """Exit 65."""
    packed.write_bytes(packed.read_bytes()[:-100])
    with pytest.raises(DataError, match="truncated or no zip archive"):
        unpack_archive(packed, tmp_path / "there")


@pytest.mark.parametrize("name", ["../outside", "/outside", "root/../../outside", "a\\b"])
def test_a_name_that_leads_out_is_refused(packed, tmp_path, name):
    """Nothing is written outside the folder, whatever the list says."""
    change = json.dumps(name)[1:-1].encode()
    rewrite(
        packed,
        lambda old, content: (
            name if old == "note.txt" else old,
            content.replace(b"note.txt", change) if old == CONTENTS else content,
        ),
    )
    with pytest.raises(DataError, match="leads out of it"):
        unpack_archive(packed, tmp_path / "there")
    assert not (tmp_path / "outside").exists()


def test_a_compressed_file_is_refused(packed, tmp_path):
    """A small file could unpack to a huge one."""
    with zipfile.ZipFile(packed) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    with pytest.raises(DataError, match="must be stored as it is"):
        unpack_archive(packed, tmp_path / "there")


def test_another_format_is_refused(packed, tmp_path):
    """Exit 65, and what to do."""
    text = b'"format": "1, figures'
    rewrite(packed, lambda name, old: (name, old.replace(text, text + b" older")))
    with pytest.raises(DataError, match=r"got '1, figures older .*': export the run again"):
        read_contents(packed)


def test_what_is_no_archive(tmp_path):
    """A file of another kind, and a zip archive of another program."""
    path = tmp_path / "file"
    path.write_bytes(b"GIF89a")
    with pytest.raises(DataError, match="cannot be read as an exported model"):
        unpack_archive(path, tmp_path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(DataError, match="cannot be read as an exported model"):
        unpack_archive(path, tmp_path)
