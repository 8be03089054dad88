"""Manifests: an artifact that is missing or damaged is named, with what to do."""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from jobs.artifacts.layout import Location
from jobs.artifacts.manifest import MANIFEST, read_manifest, require
from jobs.artifacts.publish import up_to_date
from jobs.common.circumstances import command_line, processor_name
from jobs.common.errors import DataError, ExitCode, MissingInputError
from tests.jobs.artifacts.artifacts import RECIPE, publish_example


def test_a_missing_artifact_names_the_command(tmp_path: Path):
    """Exit 69: what is missing, and the command that makes it."""
    with pytest.raises(MissingInputError) as caught:
        require(Location(tmp_path / "features", "mammo embed --root ROOT"))
    assert str(caught.value) == f"{tmp_path}/features is missing: run mammo embed --root ROOT"
    assert caught.value.exit_code is ExitCode.MISSING_INPUT == 69


def test_an_artifact_below_a_file_is_missing(tmp_path: Path):
    """A root that is a file holds no artifacts."""
    (tmp_path / "file").touch()
    with pytest.raises(MissingInputError):
        require(Location(tmp_path / "file" / "features", "mammo embed"))


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def into_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("name", ["features.npy", "inner/history.csv"])
@pytest.mark.parametrize("spoil", [change, truncate, Path.unlink, into_folder])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, spoil: Callable[[Path], object]):
    """Exit 65: a changed, truncated or missing file is named, with what to do."""
    folder = publish_example(tmp_path / "artifact")
    spoil(folder / name)
    location = Location(folder, "mammo embed")
    for ask in (lambda: require(location), lambda: up_to_date(folder, RECIPE, "")):
        with pytest.raises(DataError) as caught:
            ask()
        assert str(folder / name) in str(caught.value)
        assert f"remove {folder}, run again" in str(caught.value)
        assert caught.value.exit_code is ExitCode.DATA == 65


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"stage": "embed"}', b"\xff\xfe\x00"]
)
def test_a_damaged_manifest_is_named(tmp_path: Path, content: bytes):
    """A manifest that is truncated, has other fields or is not text is an error, not a crash."""
    folder = publish_example(tmp_path / "artifact")
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(DataError, match=r"manifest\.json is not a manifest"):
        require(Location(folder, "mammo embed"))


@pytest.mark.parametrize("name", ["inputs", "files", "versions", "determinism"])
def test_a_manifest_of_odd_values_is_damaged(tmp_path: Path, name: str):
    """A field that should be a mapping and is not is an error here, not a crash later."""
    path = publish_example(tmp_path / "artifact") / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), name: None}))
    with pytest.raises(DataError, match=r"manifest\.json is not a manifest"):
        read_manifest(path.parent)


def test_an_unchanged_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stages in one process hash a large artifact once; a change is noticed all the same."""
    folder = publish_example(tmp_path / "artifact")
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setattr(
        "jobs.artifacts.manifest._LEAST_AGE_NS", -1
    )  # a change of times is new by itself
    require(Location(folder, "mammo embed"))
    read = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *given: read.append(1) or digest(*given))
    require(Location(folder, "mammo embed"))
    assert not read
    file = folder / "features.npy"
    file.write_bytes(bytes(200))
    os.utime(file, (1, 1))
    with pytest.raises(DataError, match=r"features\.npy is not what was written"):
        require(Location(folder, "mammo embed"))


def test_a_manifest_says_when_and_how_it_was_made(tmp_path: Path):
    """Date in UTC, command and processor, none of which is in the key."""
    manifest = read_manifest(publish_example(tmp_path / "artifact"))
    assert manifest is not None and manifest.key == RECIPE.key
    assert datetime.fromisoformat(manifest.made).utcoffset() == timedelta(0)
    assert manifest.command == command_line() and manifest.processor == processor_name()


def test_a_manifest_of_an_earlier_version_can_be_read(tmp_path: Path):
    """It does not say when and how it was made."""
    path = publish_example(tmp_path / "artifact") / MANIFEST
    document = json.loads(path.read_text())
    for name in ("made", "command", "processor"):
        del document[name]
    path.write_text(json.dumps(document))
    manifest = read_manifest(path.parent)
    assert manifest is not None
    assert (manifest.made, manifest.command, manifest.processor) == ("", "", "")
