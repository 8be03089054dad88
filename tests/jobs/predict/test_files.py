"""What is given becomes a list of files, each once."""

import hashlib

import pytest

from jobs.common.errors import UsageError
from jobs.predict.files import hash_files, list_files


def test_files_and_folders(tmp_path):
    """A folder's files have their paths in it as names, others their own; hidden ones are not."""
    (tmp_path / "folder/below").mkdir(parents=True)
    for name in ("folder/below/a", "folder/.hidden", "folder/b", "c"):
        (tmp_path / name).write_text(name)
    found = dict(list_files([tmp_path / "folder", tmp_path / "c"]))
    assert set(found.values()) == {"below/a", "b", "c"}


def test_what_is_not_there(tmp_path):
    """Exit 64 that names it."""
    with pytest.raises(UsageError, match=r"none\.dcm is neither a file nor a folder"):
        list_files([tmp_path / "none.dcm"])


def test_one_content_is_one_file(tmp_path, capsys):
    """Of copies only the first counts; names of results are hashes, in their order."""
    for name, text in (("1", "same"), ("2", "same"), ("3", "other")):
        (tmp_path / name).write_text(text)
    found = hash_files([(tmp_path / name, name) for name in "123"])
    hashes = sorted(hashlib.sha256(text).hexdigest() for text in (b"same", b"other"))
    assert [file.sha256 for file in found] == hashes
    assert {file.name for file in found} == {"1", "3"}
    assert capsys.readouterr().err == "mammo: left out: 2: has the same content as 1\n"
    assert all(file.image_id == file.sha256[:16] for file in found)
