"""mammo weights: a checkpoint from a file, from Keras's address, or from a seed."""

import hashlib
from argparse import Namespace
from pathlib import Path

import pytest

from jobs import cli
from jobs.common.errors import DataError, IoError
from jobs.common.progress import silent
from jobs.model import checkpoint
from jobs.stages import weights

REAL = "weights/inception_v3_notop_to_mixed8.h5"


def run(root: Path, model: str, url: str = "") -> list[Path]:
    """Runs the stage with a `model:` section; returns the checkpoints under the root."""
    root.mkdir(exist_ok=True)
    config = root / "study.yaml"
    config.write_text(f"model: {{{model}}}\n")
    try:
        cli.call(weights, Namespace(root=root, config=config, overrides=[], url=url), silent)
    finally:
        found = sorted((root / "weights").glob("*/inception_v3.h5"))
    return found


def test_a_file_is_copied_under_its_own_digest(shared, tmp_path):
    """The checkpoint has the file's bytes; a second call changes nothing."""
    model = f"weights: {shared / REAL}, layer: mixed8"
    (path,) = run(tmp_path, model)
    assert path.read_bytes() == (shared / REAL).read_bytes()
    inode = path.stat().st_ino
    assert [again.stat().st_ino for again in run(tmp_path, model)] == [inode]


def test_a_checkpoint_that_ends_too_early_leaves_nothing(shared, tmp_path):
    """If model.layer is mixed10 and the file ends with mixed8, the error says what to set."""
    with pytest.raises(DataError, match=r"set model\.layer to mixed8"):
        run(tmp_path, f"weights: {shared / REAL}")
    assert list((tmp_path / "weights").iterdir()) == []


def test_a_later_call_for_a_deeper_layer_is_refused_too(shared, tmp_path):
    """An artifact that was made for mixed8 is checked again when the study needs mixed10."""
    run(tmp_path, f"weights: {shared / REAL}, layer: mixed8")
    with pytest.raises(DataError, match="it ends with mixed8"):
        run(tmp_path, f"weights: {shared / REAL}, layer: mixed10")


@pytest.mark.parametrize("content", [b"", b"text", b"\x89HDF\r\n\x1a\n" + b"\0" * 100])
def test_a_wrong_or_truncated_file_is_refused(tmp_path, content):
    """Exit code 65, and nothing is left behind."""
    (tmp_path / "x.h5").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as a Keras checkpoint"):
        run(tmp_path, f"weights: {tmp_path / 'x.h5'}")
    assert list((tmp_path / "weights").iterdir()) == []


def test_imagenet_is_fetched_and_verified(shared, tmp_path, monkeypatch):
    """The download (here of a file) must have the digest that Keras publishes."""
    url = (shared / REAL).as_uri()
    with pytest.raises(IoError, match="must have md5"):
        run(tmp_path, "weights: imagenet, layer: mixed8", url)
    digest = hashlib.md5((shared / REAL).read_bytes()).hexdigest()
    for module in (checkpoint, weights):
        monkeypatch.setattr(module, "IMAGENET_MD5", digest)
    (path,) = run(tmp_path, "weights: imagenet, layer: mixed8", url)
    assert path.read_bytes() == (shared / REAL).read_bytes()
