"""What stages say will stop them before anything has run: real stages, and none of their inputs."""

from pathlib import Path

import pytest

from jobs import cli
from jobs.artifacts.layout import Root
from jobs.artifacts.run import claim_run
from jobs.common.errors import ExitCode
from jobs.config.study import Study
from jobs.model.checkpoint import CONVOLUTIONS
from tests.checkpoints import write_kernels
from tests.releases import make_rows, write_release

Captured = pytest.CaptureFixture[str]


def problems(capsys: Captured, folder: Path, config: str, *more: object) -> tuple[int, list[str]]:
    """The exit code and the lines of `mammo study` with such a study.yaml; nothing is made."""
    (folder / "study.yaml").write_text(config)
    before = sorted(folder.rglob("*"))
    given = ["--root", folder / "root", "--config", folder / "study.yaml", *more]
    code = cli.main(["study", *map(str, given)])
    made = {path.relative_to(folder).parts[0] for path in set(folder.rglob("*")) - set(before)}
    assert not made, made
    return code, [line.removeprefix("mammo: ") for line in capsys.readouterr().err.splitlines()]


def test_several_real_problems_together(tmp_path: Path, capsys: Captured):
    """A checkpoint that is not there, too many folds, and a head that does not fit."""
    release = write_release(tmp_path / "release", make_rows(patients=6, sick=3))
    config = "data: {folds: 9}\nviews: {size: [75, 75]}\nmodel: {weights: nowhere.h5}\n"
    code, lines = problems(capsys, tmp_path, config, "--release", release)
    assert code == ExitCode.CONFIG
    weights, folds, head = lines
    assert f"got {tmp_path}/nowhere.h5, which is not a file" in weights
    assert "a test set and 9 folds need at least 10 patients; there are 6" in folds
    assert "head.pool must fit into the features, which are 1 x 1" in head


def test_a_release_without_images(tmp_path: Path, capsys: Captured):
    """Exit 65, before weights are made or fetched."""
    release = write_release(tmp_path / "release", make_rows(patients=6, sick=3))
    for image in release.rglob("*.dcm"):
        image.unlink()
    code, (line,) = problems(capsys, tmp_path, "", "--release", release)
    assert code == ExitCode.DATA and str(release) in line


def test_an_empty_release(tmp_path: Path, capsys: Captured):
    """Exit 69: what belongs there."""
    (tmp_path / "release").mkdir()
    code, (line,) = problems(capsys, tmp_path, "", "--release", tmp_path / "release")
    assert code == ExitCode.MISSING_INPUT and "put a release there" in line


def test_a_run_of_another_study(tmp_path: Path, capsys: Captured):
    """Exit 78, with each setting that differs, once for all folds."""
    claim_run(Root(tmp_path / "root").run("mine"), Study())
    code, (line,) = problems(capsys, tmp_path, "train: {epochs: 3}\n", "--run", "mine")
    assert code == ExitCode.CONFIG
    assert "has another configuration (train.epochs: 20 -> 3); name a new one with --run" in line


@pytest.mark.parametrize("damage", ["cut", "short"])
def test_a_checkpoint_that_cannot_be_used(tmp_path: Path, capsys: Captured, damage: str):
    """Exit 65: it is cut, or ends before the layer."""
    path = tmp_path / "mine.h5"
    if damage == "cut":
        path.write_bytes(b"\x89HDF\r\n\x1a\n")
    else:
        write_kernels(path, CONVOLUTIONS["mixed2"])
    code, (line,) = problems(capsys, tmp_path, "model: {weights: mine.h5, layer: mixed8}\n")
    assert code == ExitCode.DATA and str(path) in line


def test_a_precision_that_is_not_for_this_machine(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
):
    """Exit 78: float16 needs a GPU."""
    monkeypatch.setattr("jobs.common.resources.gpu_count", lambda: 0)
    code, (line,) = problems(capsys, tmp_path, "model: {precision: float16}\n")
    assert code == ExitCode.CONFIG and "float16 is for GPUs" in line


@pytest.mark.parametrize(
    ("missing", "precision", "extra"),
    [("openvino", "int8", "mammo[int8]"), ("tensorflow", "float32", "mammo[cpu] or mammo[gpu]")],
)
def test_a_missing_extra(
    tmp_path: Path,
    capsys: Captured,
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
    precision: str,
    extra: str,
):
    """Exit 78, and the extra that brings it; one line, however many steps need it."""
    for module in ("jobs.model.openvino_runtime", "jobs.model.tf_runtime"):
        monkeypatch.setattr(f"{module}.find_spec", lambda name: None if name == missing else name)
    code, (line,) = problems(capsys, tmp_path, f"model: {{precision: {precision}}}\n")
    assert code == ExitCode.CONFIG and f"install {extra}" in line


def test_something_else_where_the_phantom_is_to_be(tmp_path: Path, capsys: Captured):
    """Exit 73: it is not overwritten."""
    (tmp_path / "root" / "phantom").mkdir(parents=True)
    (tmp_path / "root" / "phantom" / "holiday.jpg").touch()
    code, (line, *_) = problems(capsys, tmp_path, "")
    assert code == ExitCode.CANNOT_CREATE and "phantom exists and is not an empty folder" in line
