"""Bad input, through the command line: the exit code, and one line that says what and where.

Each table below lists cases: what is wrong, and the end of the line that reports it.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from signal import SIGTERM, getsignal, signal

import numpy as np
import pytest
from pydicom.uid import BasicTextSRStorage

from jobs import cli
from jobs.common import resources
from jobs.data import inspection, prepare
from mammo_tfds.inbreast import shards
from tests import doomed
from tests.checkpoints import write_kernels
from tests.releases import RowSpec, make_rows, write_dicom, write_object, write_release, write_table
from tests.small_disks import small_volume

ROWS = make_rows(patients=12, sick=6)
FIRST = ROWS[0]
IMAGE = f"{FIRST.stem}.dcm"
UNNAMED = IMAGE.replace(f"_{FIRST.patient}", "")
bad = pytest.param
PROGRESS = re.compile(r"[a-z]+: ([a-z ]+ \d+ of \d+(, \d+:\d+ left)?|(done|failed), \d+:\d+)")
Spoil = Callable[[Path], object]


@dataclass(frozen=True)
class Bench:
    """A sound release, a sound study, and a root that is not there yet."""

    release: Path
    config: Path
    root: Path

    def arguments(self, command: str) -> list[str]:
        """The command line of a stage with these inputs."""
        if command == "check":
            return ["check", str(self.release)]
        shared = [command, "--root", str(self.root), "--config", str(self.config)]
        return [*shared, "--release", str(self.release)] if command == "prepare" else shared


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    # In this process: starting others takes a second in each test.
    monkeypatch.setattr(resources, "thread_count", lambda: 1)
    for module in (inspection, shards):
        monkeypatch.setattr(module, "run_tasks", doomed.run_here)
    before = getsignal(SIGTERM)
    (tmp_path / "study.yaml").write_text("seed: 3\n")
    release = write_release(tmp_path / "release", ROWS)
    yield Bench(release, tmp_path / "study.yaml", tmp_path / "root")
    signal(SIGTERM, before)


@pytest.fixture
def mammo(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs a command line; its exit code and its error, the one line beside progress on stderr."""

    def run(*arguments: object) -> tuple[int, str]:
        code = cli.main([str(each) for each in arguments])
        return code, error_of(capfd.readouterr().err)

    return run


PROGRESS = re.compile(r"[a-z]+: ((\w+ )*\d+ of \d+(, [\d:]+ left)?|(done|failed), [\d:]+)")


def error_of(stderr: str) -> str:
    *progress, line = stderr.splitlines()
    assert [each for each in progress if not PROGRESS.fullmatch(each)] == []
    assert line.startswith("mammo: ")
    return line.removeprefix("mammo: ")


# The release: exit 65


def emptied(release: Path) -> None:
    shutil.rmtree(release)
    release.mkdir()


def image(spoil: Spoil) -> Spoil:
    """Does something to the first image."""
    return lambda release: spoil(release / "AllDICOMs" / IMAGE)


def without(path: str) -> Spoil:
    return lambda release: (release / path).unlink()


def table(rows: list[RowSpec]) -> Spoil:
    """Another table with the same images."""
    return lambda release: write_table(release / "INbreast.csv", rows)


def words(old: str, new: str) -> Spoil:
    """The table with other words in one place."""

    def spoil(release: Path) -> None:
        text = (release / "INbreast.csv").read_text()
        assert old in text
        (release / "INbreast.csv").write_text(text.replace(old, new, 1))

    return spoil


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere.dcm")


def cut_contours(release: Path) -> None:
    path = release / "AllXML" / f"{FIRST.image_id}.xml"
    path.write_bytes(path.read_bytes()[:300])


LEAVE_OUT = "leave it out"
COPY_OR_REMOVE = "copy what is missing, or remove its counterpart"
RELEASES = [
    bad(
        without("INbreast.csv"),
        "release: a release must have one INbreast.csv (sides, views and categories of the "
        "images); found none: copy it into the folder",
        id="no csv",
    ),
    bad(
        words("Bi-Rads", "Label"),
        "INbreast.csv:1: each of the columns File Name, Laterality, View, ACR, Bi-Rads must occur "
        "once; missing or repeated: Bi-Rads",
        id="a missing column",
    ),
    bad(
        table([replace(FIRST, birads="7"), *ROWS[1:]]),
        "INbreast.csv:2: Bi-Rads must be one of 0..6, 4a, 4b, 4c; got '7'",
        id="an unknown category",
    ),
    bad(
        table([*ROWS, FIRST]),
        f"INbreast.csv:26: duplicate File Name {FIRST.image_id} (first: line 2); keep one",
        id="a duplicate id",
    ),
    bad(
        words(FIRST.image_id, f'"{FIRST.image_id}'),
        "INbreast.csv:2: the row on this line cannot be read: unexpected end of data; "
        "close its quotes",
        id="an open quote",
    ),
    bad(
        image(Path.unlink),
        f"INbreast.csv:2: no image has File Name {FIRST.image_id}; {COPY_OR_REMOVE}",
        id="a row without its image",
    ),
    bad(
        table(ROWS[1:]),
        f"{IMAGE}: INbreast.csv has no row with File Name {FIRST.image_id}; {COPY_OR_REMOVE}",
        id="an image without its row",
    ),
    bad(
        image(lambda path: path.write_bytes(path.read_bytes()[:-500])),
        f"{IMAGE}: PixelData (7FE0,0010) must have 3840 bytes, 48 x 40 x 2; got 3340: "
        "the file is cut off or damaged, copy it again",
        id="a truncated DICOM",
    ),
    bad(
        image(lambda path: path.write_text("a report, not an image\n" * 20)),
        f"{IMAGE}: must be a DICOM file; it has no DICM prefix: {LEAVE_OUT}",
        id="a text file called .dcm",
    ),
    bad(
        image(lambda path: write_dicom(path, np.zeros((48, 40), np.uint16))),
        f"{IMAGE}: a mammogram has 16 grey levels or more; got 1: "
        f"the image is blank, a mask or a page of text, {LEAVE_OUT}",
        id="an image of zeros",
    ),
    bad(
        image(dangling),
        f"{IMAGE}: must be a file; got a dangling link: copy the file that it points to",
        id="a dangling link",
    ),
]


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (
            emptied,
            "release: no images found; images are named <image id>_<16 hex digits>_MG_<L|R>_"
            "<CC|ML|FB>_ANON.dcm: give their folder (and 1 more)",
        ),
        (shutil.rmtree, "release: no such folder; give the folder of a release"),
    ],
    ids=["an empty folder", "no folder"],
)
def test_a_release_that_is_not_there(bench: Bench, mammo: Callable, spoil: Spoil, line: str):
    """`check` exits with 65, `prepare` with 69: a volume may be filled before the Job's retry."""
    spoil(bench.release)
    code, message = mammo(*bench.arguments("check"))
    assert code == 65 and message.endswith(line)
    code, message = mammo(*bench.arguments("prepare"))
    assert code == 69
    assert "release is missing, or empty: put a release there (AllDICOMs, AllXML, " in message
    if bench.release.exists():  # a new volume has it
        (bench.release / "lost+found").mkdir()
        assert mammo(*bench.arguments("prepare"))[0] == 69


def test_a_new_volume_s_own_folder_is_not_read(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A release copied to the top of a disk lies beside lost+found, which only root may list."""
    (bench.release / "lost+found").mkdir()
    (bench.release / "lost+found" / IMAGE).write_text("a piece of a file")
    listed = []
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(Path(path)) or real(path))
    assert cli.main(bench.arguments("check")) == 0
    assert bench.release / "AllDICOMs" in listed
    assert bench.release / "lost+found" not in listed


def stray_report(release: Path) -> None:
    write_object(release / "AllDICOMs" / "report.dcm", BasicTextSRStorage)


LEFT_OUT = [
    bad(
        cut_contours,
        f"{FIRST.image_id}.xml:11: not XML: unclosed token; its contours are left out: copy the "
        "file again",
        id="a broken contour file",
    ),
    bad(
        stray_report,
        "AllDICOMs/report.dcm: not an image (Basic Text SR Storage); it is left out",
        id="a report among the images",
    ),
]


@pytest.mark.parametrize(("spoil", "line"), LEFT_OUT)
def test_a_file_that_costs_no_image(
    bench: Bench, mammo: Callable, capfd: pytest.CaptureFixture[str], spoil: Spoil, line: str
):
    """`check` warns with exit 0, and `prepare` leaves it out; with --strict that is exit 65."""
    spoil(bench.release)
    assert cli.main(bench.arguments("check")) == 0
    assert f"{line}\nusable: 0 errors, 1 warning\n" in capfd.readouterr().out
    code, message = mammo(*bench.arguments("prepare"), "--strict")
    assert code == 65
    assert message.endswith(f"{line}, which strict does not allow: remove or mend it")
    assert cli.main(bench.arguments("prepare")) == 0
    assert line in capfd.readouterr().err


@pytest.mark.parametrize("command", ["check", "prepare"])
@pytest.mark.parametrize(("spoil", "line"), RELEASES)
def test_a_release_that_cannot_be_used(
    bench: Bench, mammo: Callable, command: str, spoil: Spoil, line: str
):
    """Exit 65; file, line, rule, value and what to do. No dataset is left behind.

    `prepare`, whose log others read, names an image without the patient.
    """
    spoil(bench.release)
    strict = ["--strict"] if command == "prepare" else []
    code, message = mammo(*bench.arguments(command), *strict)
    assert code == 65
    assert message.endswith(line if command == "check" else line.replace(IMAGE, UNNAMED))
    assert FIRST.patient not in message or command == "check"
    assert not list(bench.root.glob("dataset/inbreast/*"))


@pytest.mark.parametrize(
    "spoil",
    [
        image(lambda path: path.write_bytes(path.read_bytes()[:-500])),
        image(lambda path: path.write_text("a report")),
        image(lambda path: write_dicom(path, np.zeros((48, 40), np.uint16))),
        image(dangling),
    ],
    ids=["truncated", "text", "zeros", "dangling link"],
)
def test_one_bad_image_does_not_affect_the_others(
    bench: Bench, capfd: pytest.CaptureFixture[str], spoil: Spoil
):
    """Without --strict: exit 0, the image is named once, and all others are prepared."""
    spoil(bench.release)
    assert cli.main(bench.arguments("prepare")) == 0
    errors = capfd.readouterr().err.splitlines()
    (line,) = (each for each in errors if each.startswith("mammo: "))
    assert line.startswith(f"mammo: left out: {FIRST.image_id}_MG_L_CC_ANON.dcm: ")
    images = (bench.root / "dataset/inbreast/1.0.0/images.csv").read_text().splitlines()
    assert len(images) == 1 + len(ROWS) - 1


def test_an_image_that_may_not_be_read(
    bench: Bench, mammo: Callable, monkeypatch: pytest.MonkeyPatch
):
    """Exit 73: the file is named as in a log, without the patient."""
    refused = PermissionError(13, "no", str(bench.release / "AllDICOMs" / IMAGE))

    def refuse(path: Path) -> str:
        raise refused

    monkeypatch.setattr(prepare, "_sha256", refuse)
    code, message = mammo(*bench.arguments("prepare"))
    assert code == 73
    assert message.startswith(f"cannot open {bench.release}/AllDICOMs/{UNNAMED}: Permission denied")


def test_a_contour_outside_the_image(bench: Bench, capfd: pytest.CaptureFixture[str]):
    """Exit 0: a warning with the contour's file; the release is usable."""
    outside = replace(FIRST, rois=(("Mass", ((5, 5), (41, 5), (5, 9))),))
    write_release(bench.release, [outside, *ROWS[1:]])
    assert cli.main(bench.arguments("check")) == 0
    assert capfd.readouterr().out.endswith(
        f"warning AllXML/{FIRST.image_id}.xml: 1 of 1 contours reach outside the image (48 x 40); "
        "what is outside is cut off\nusable: 0 errors, 1 warning\n"
    )


# study.yaml: exit 78

FEWER = "or data.test (0.2) lower; data.sick ([4, 5, 6]) says who is sick"
STUDIES = [
    bad(
        "data: {fold: 5}", "{path}: unknown key data.fold; did you mean folds?", id="an unknown key"
    ),
    bad(
        "data: {folds: five}",
        "{path}: data.folds must be a whole number; got 'five'",
        id="a wrong type",
    ),
    bad("data: {folds: 0}", "{path}: data.folds must be at least 2; got 0", id="zero folds"),
    bad(
        "data: {folds: 50}",
        "a test set and 50 folds need at least 51 patients; there are 12: "
        f"set data.folds (50) {FEWER}",
        id="more folds than patients",
    ),
    bad(
        "data: {folds: 6}",
        "each split needs a sick patient, and fold4 has none: there are 6 sick patients for the "
        f"test set and 6 folds: set data.folds (6) {FEWER}",
        id="a class missing from a fold",
    ),
    bad(
        "data: {sick: [0]}",
        "each split needs a sick patient, and test has none: there are 0 sick patients for the "
        "test set and 5 folds: set data.folds (5) or data.test (0.2) lower; data.sick ([0]) says "
        "who is sick",
        id="a class missing from all",
    ),
]


@pytest.mark.parametrize(("study", "line"), STUDIES)
def test_an_invalid_study(bench: Bench, mammo: Callable, study: str, line: str):
    """Exit 78; the key, the rule, the value and what to set; the file where it is at fault."""
    bench.config.write_text(study)
    assert mammo(*bench.arguments("prepare")) == (78, line.format(path=bench.config))
    assert not bench.root.exists()


# The checkpoint: exit 78 without its file, 65 if it cannot be used, 69 before `mammo weights`


def write_cut(path: Path) -> None:
    whole = write_kernels(path, 94).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


CUT = "cannot be read as a Keras checkpoint: it is truncated or damaged; fetch it again"
NO_CHECKPOINT = (
    "cannot be read as a Keras checkpoint: it is neither an HDF5 file nor a .keras archive; fetch "
    "it again, or name another"
)
CHECKPOINTS = [
    bad(
        lambda path: None,
        78,
        "model.weights must be random, imagenet or a checkpoint file; got {path}, "
        "which is not a file",
        id="missing",
    ),
    bad(write_cut, 65, f"{{path}}: {CUT}", id="cut"),
    bad(lambda path: path.write_text("a login page"), 65, f"{{path}}: {NO_CHECKPOINT}", id="text"),
    bad(
        lambda path: write_kernels(path, 53, (7, 7, 3, 64)),
        65,
        "{path}: must be Inception V3's weights from the input on; found 53 convolutions and 53 "
        "batch norms, which is not Inception V3",
        id="another network's",
    ),
    bad(
        lambda path: write_kernels(path, 76),
        65,
        "{path}: must hold all layers up to model.layer mixed10; it ends with mixed8: "
        "set model.layer to mixed8 or an earlier one",
        id="too short",
    ),
]


@pytest.mark.parametrize(("write", "code", "line"), CHECKPOINTS)
def test_a_checkpoint_that_cannot_be_used(
    bench: Bench, mammo: Callable, write: Spoil, code: int, line: str
):
    """The file, the rule, what was found and what to do."""
    path = bench.config.with_name("base.h5")
    write(path)
    bench.config.write_text("model: {weights: base.h5}")
    assert mammo(*bench.arguments("weights")) == (code, line.format(path=path))
    assert not list(bench.root.glob("weights/*"))


def test_a_checkpoint_that_is_not_there_or_damaged(bench: Bench, mammo: Callable):
    """`embed` exits with 69 and names the command; of a truncated one with 65: remove it."""
    write_kernels(bench.config.with_name("base.h5"), 94)
    bench.config.write_text("model: {weights: base.h5}")
    assert cli.main(bench.arguments("prepare")) == 0
    code, line = mammo(*bench.arguments("embed"))
    assert code == 69
    command = f"mammo weights --root {bench.root} --config STUDY_YAML"
    assert line.endswith(f" is missing: run {command}")
    assert cli.main(bench.arguments("weights")) == 0
    (stored,) = bench.root.glob("weights/*/inception_v3.h5")
    stored.write_bytes(stored.read_bytes()[:-1])
    assert mammo(*bench.arguments("embed")) == (
        65,
        f"{stored} is not what was written: the artifact is damaged; "
        f"remove {stored.parent}, run again",
    )


# The root: exit 73


@pytest.mark.parametrize("root", ["file", "file/root"])
def test_a_root_that_is_a_file(bench: Bench, mammo: Callable, root: str):
    """A file where the root or its parent should be is an error."""
    (bench.root.parent / "file").touch()
    there = replace(bench, root=bench.root.parent / root)
    assert mammo(*there.arguments("prepare")) == (
        73,
        f"cannot create {there.root}/dataset/inbreast: Not a directory: "
        "a file lies where a folder must be; name another place",
    )


def in_a_process(*command: str) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, error_of(done.stderr)


MAMMO = (sys.executable, "-c", "import sys; from jobs.cli import main; sys.exit(main())")


def test_a_root_that_cannot_be_written(bench: Bench):
    """A read-only volume."""
    bench.root.mkdir()
    on_it = small_volume(bench.root, "ro")
    if not on_it:
        pytest.skip("no volume can be mounted here")
    assert in_a_process(*on_it, *MAMMO, *bench.arguments("prepare")) == (
        73,
        f"cannot write {bench.root}/dataset: Read-only file system: "
        "name a place that can be written",
    )


@pytest.mark.parametrize(
    ("command", "artifact"), [("prepare", "dataset/inbreast/1.0.0"), ("weights", "weights/")]
)
def test_a_full_disk(bench: Bench, command: str, artifact: str):
    """A volume of 40 kB or, if none can be mounted, a limit on the size of files."""
    write_kernels(bench.config.with_name("base.h5"), 94)
    bench.config.write_text("model: {weights: base.h5}")
    bench.root.mkdir()
    limit = ["sh", "-c", 'ulimit -f 40 && exec "$@"', "sh"]
    on_it = small_volume(bench.root, "size=40k") or limit
    code, line = in_a_process(*on_it, *MAMMO, *bench.arguments(command))
    assert code == 73
    assert line.startswith(f"cannot write {bench.root / artifact}")
    room = "No space left on device: make room, then run the same command"
    large = "File too large: name a place that takes files of this size"
    assert line.endswith(large if on_it is limit else room)
