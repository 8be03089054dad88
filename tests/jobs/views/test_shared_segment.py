"""Segments: the same bytes in every process, one copy of them, and nothing left behind."""

import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jobs.common import resources
from jobs.common.errors import (
    CannotCreateError,
    DataError,
    ExitCode,
    StoppedError,
    refusal,
)
from jobs.config.sections import ViewsConfig
from jobs.views.breast import Box
from jobs.views.dali import ViewMaker
from jobs.views.parameters import draw_parameters
from jobs.views.shared_segment import MEMORY, choose_path, hold_segment, largest_size
from jobs.views.source import ImageReducer, ReducedImage
from tests.reduced import reduced_image

IDS = ("20586908", "20586934", "53582540")
NAME = "mammo-pixels-0-key"

FINDER = """
import hashlib, json, sys
from pathlib import Path
from jobs.views.shared_segment import hold_segment

def never():
    raise AssertionError("the segment is there already")
    yield

with hold_segment(Path(sys.argv[1]), never()) as images:
    hashes = {name: hashlib.sha256(image.pixels).hexdigest() for name, image in images.items()}
where = [image.pixels.ctypes.data for image in images.values()]
inodes = set()
for line in Path("/proc/self/maps").read_text().splitlines():
    addresses, rights, _, _, inode, *_ = line.split()
    start, end = (int(text, 16) for text in addresses.split("-"))
    inodes |= {(rights, int(inode)) for address in where if start <= address < end}
print(json.dumps([hashes, sorted(inodes)]))
"""

FILLER = """
import sys
from pathlib import Path
import numpy as np
from jobs.common.errors import CannotCreateError, refusal
from jobs.views.shared_segment import choose_path, hold_segment
from tests.reduced import reduced_image

folder = Path(sys.argv[1])
path = folder / "mammo-pixels-0-a"
halves = [(name, reduced_image(np.full((400, 500, 1), 7, np.uint16), (0.0, 1.0))) for name in "ab"]
try:
    choose_path("a", 3 * 400_000, print, memory=folder, disk=folder)
except CannotCreateError as error:
    print(error)
try:
    with hold_segment(path, [*halves, ("c", halves[0][1])]):
        print("it fitted")
except OSError as error:
    print(refusal(error).exit_code, refusal(error))
print(list(folder.iterdir()))
with hold_segment(path, halves) as images:
    print({name: int(image.pixels.sum()) for name, image in images.items()})
"""


def image_of(seed: int, shape: tuple[int, int] = (40, 30)) -> ReducedImage:
    pixels = np.random.default_rng(seed).integers(0, 2**16, (*shape, 1), np.uint16)
    pixels.flags.writeable = False
    return reduced_image(pixels, (12.5, 3046.6))


def some() -> list[tuple[str, ReducedImage]]:
    return [(image_id, image_of(seed, (40 + seed, 30))) for seed, image_id in enumerate(IDS)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def report_nothing(line: str) -> None:
    raise AssertionError(f"nothing should be reported; got {line}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The path of a segment, in a folder of its own."""
    return tmp_path / NAME


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """Two folders that stand for the memory and the disk."""
    both = {name: tmp_path / name for name in ("memory", "disk")}
    for folder in both.values():
        folder.mkdir()
    return both


def unshare(*what: str) -> list[str]:
    """The command that runs another in new namespaces; skips the test where that is forbidden."""
    command = ["unshare", "--user", "--map-root-user", *what]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"this user may not {' '.join(command)}")
    return command


# The same bytes


@st.composite
def reduced_images(draw) -> ReducedImage:
    shape = draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))
    pixels = draw(arrays(np.uint16, (*shape, 1)))
    if draw(st.booleans()):
        pixels = pixels.transpose(1, 0, 2)[::-1]  # not contiguous
    number = st.floats(allow_nan=False)
    box = Box(*draw(st.tuples(*[st.integers(0, 10_000)] * 4)))
    mask = draw(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
    return ReducedImage(pixels, (draw(number), draw(number)), box, mask, draw(st.integers(1, 40)))


@settings(max_examples=40)
@given(st.dictionaries(st.text(), reduced_images(), max_size=4))
def test_what_is_found_is_what_was_given(images: dict[str, ReducedImage]):
    """Pixels and windows come back bit by bit, whatever the ids, the shapes and the layout."""
    with (
        tempfile.TemporaryDirectory() as folder,
        hold_segment(Path(folder, NAME), images.items()) as found,
    ):
        pass
    assert list(found) == list(images)
    for image_id, image in images.items():
        assert found[image_id].pixels.dtype == np.uint16
        assert np.array_equal(found[image_id].pixels, image.pixels)
        assert np.array_equal(found[image_id].mask, image.mask)
        assert (found[image_id].box, found[image_id].cell) == (image.box, image.cell)
        assert found[image_id].window == image.window


def test_many_processes_map_one_copy():
    """Other processes see the same bytes at once, in read-only mappings of the one file."""
    expected = {image_id: sha256(image.pixels).hexdigest() for image_id, image in some()}
    path = choose_path(secrets.token_hex(8), 10_000, report_nothing)
    assert path.parent == MEMORY
    with hold_segment(path, some()):
        command = [sys.executable, "-c", FINDER, str(path)]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(5)]
        told = [json.loads(process.communicate()[0]) for process in started]
        inode = path.stat().st_ino
    assert told == [[expected, [["r--s", inode]]]] * 5


def test_what_is_found_is_read_only(path: Path):
    """No process can change another's pixels; no other user can read them."""
    with hold_segment(path, some()) as images:
        pixels = images[IDS[0]].pixels
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(ValueError, match="read-only"):
            pixels[0, 0, 0] = 1
        with pytest.raises(ValueError, match="WRITEABLE"):
            pixels.flags.writeable = True


def test_views_of_shared_pixels(path: Path):
    """A view is made from shared memory as from an ordinary array, to the bit."""
    config = ViewsConfig(size=(96, 80))
    maker = ViewMaker(config, batch=3, threads=1)
    own = image_of(1, (110, 90))
    parameters = [draw_parameters(7, IDS[0], view, config) for view in range(3)]
    with hold_segment(path, [(IDS[0], own)]) as images:
        found = images[IDS[0]]
    assert np.array_equal(maker.make_array(found, parameters), maker.make_array(own, parameters))


def test_images_are_taken_one_at_a_time(tmp_path: Path, path: Path):
    """Each is in the segment before the next is decoded."""
    sizes = []

    def decoded():
        for image_id, image in some():
            sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
            yield image_id, image

    with hold_segment(path, decoded()):
        assert sizes == [0, 2 * 40 * 30, 2 * (40 + 41) * 30]


def test_what_is_written_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The operating system may take less at a time than it is given."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:999]))
    with hold_segment(path, some()) as images:
        for image_id, image in images.items():
            assert np.array_equal(image.pixels, dict(some())[image_id].pixels)


# By its name


def test_other_images_have_another_segment(tmp_path: Path):
    """Processes that want different ones neither wait for each other nor see each other's."""
    with hold_segment(tmp_path / "mammo-pixels-0-a", some()[:1]) as one:
        with hold_segment(tmp_path / "mammo-pixels-0-b", some()[1:]) as other:
            assert list(one) == [IDS[0]]
            assert list(other) == [*IDS[1:]]
        assert names(tmp_path) == ["mammo-pixels-0-a"]


def test_a_segment_that_is_there_is_used(folders, monkeypatch: pytest.MonkeyPatch):
    """It is looked for in memory and on the disk before room for another is."""
    for name, free in (("memory", 0), ("disk", 100_000)):
        with_free(monkeypatch, **{"memory": 0, "disk": 0, name: 1_000_000})
        path = choose_path("a", 100_000, lambda line: None, **folders)
        assert path == folders[name] / f"mammo-pixels-{os.geteuid()}-a"
        with hold_segment(path, some()):
            with_free(monkeypatch, memory=free, disk=0)
            assert choose_path("a", 100_000, report_nothing, **folders) == path
            with pytest.raises(CannotCreateError):
                choose_path("b", 100_000, report_nothing, **folders)


# Its end


def test_the_end_removes_the_name_alone(tmp_path: Path, path: Path):
    """Nothing is left in the folder, and images that are in use stay valid."""
    with hold_segment(path, some()) as images:
        pass
    assert names(tmp_path) == []
    for image_id, image in some():
        assert np.array_equal(images[image_id].pixels, image.pixels)


@pytest.mark.parametrize("error", [StoppedError, DataError, KeyboardInterrupt])
def test_a_stop_while_decoding_leaves_nothing(
    tmp_path: Path, path: Path, error: type[BaseException]
):
    """SIGTERM, or an image that cannot be read, comes with half of the segment written."""

    def decoded():
        yield IDS[0], image_of(0)
        raise error

    with pytest.raises(error), hold_segment(path, decoded()):
        pass
    assert names(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"half", b"\0" * 5000])
def test_a_file_that_is_no_whole_segment(path: Path, content: bytes):
    """Neither another file nor a segment that a killed process left half is taken for one."""
    path.write_bytes(content)
    with hold_segment(path, some()) as images:
        assert np.array_equal(images[IDS[0]].pixels, image_of(0, (40, 30)).pixels)


# What killed processes left


def test_the_next_start_removes_what_killed_processes_left(folders):
    """A segment that no process holds is removed from both folders, and nothing else is."""
    held = folders["memory"] / "mammo-pixels-0-held"
    with hold_segment(held, some()):
        for folder in folders.values():
            (folder / NAME).touch()
            (folder / "psm_4f1c").touch()  # it is no segment
        choose_path("a", 1, report_nothing, **folders)
        assert names(folders["memory"]) == [held.name, "psm_4f1c"]
        assert names(folders["disk"]) == ["psm_4f1c"]


# Room


def with_free(monkeypatch: pytest.MonkeyPatch, **free: int) -> None:
    """Has folders of these names report so many free bytes."""
    real = os.statvfs

    def statvfs(folder: Path) -> os.statvfs_result:
        found = list(real(folder))
        found[1], found[4] = 1, free[Path(folder).name]  # f_frsize, f_bavail
        return os.statvfs_result(found)

    monkeypatch.setattr(os, "statvfs", statvfs)


@pytest.mark.parametrize(
    ("needed", "limit", "chosen"),
    [
        (900, None, "memory"),
        (901, None, "disk"),  # a tenth stays free
        (901, 5000, "disk"),
        (500, 500, "memory"),
        (501, 500, "disk"),  # the container's limit
    ],
)
def test_where_pixels_are_put(monkeypatch, folders, needed, limit, chosen):
    """In memory as far as it is free and within the container's limit; else on disk."""
    with_free(monkeypatch, memory=1000, disk=10_000)
    monkeypatch.setattr(resources, "memory_left", lambda: limit)
    told: list[str] = []
    found = choose_path("a", needed, told.append, **folders)
    assert found == folders[chosen] / f"mammo-pixels-{os.geteuid()}-a"
    assert len(told) == (chosen == "disk")


def test_pixels_on_disk_are_shared_as_well(monkeypatch, folders):
    """Where memory has too little room a line says so, and the disk's file is mapped."""
    monkeypatch.setattr(resources, "memory_left", lambda: 15_000_000)
    told: list[str] = []
    path = choose_path("a", 20_000_000, told.append, **folders)
    assert told == [
        "the shared pixels need up to 20.0 MB; "
        f"{folders['memory']} may take 15.0 MB: they are kept in {folders['disk']}"
    ]
    with hold_segment(path, some()) as images:
        assert path.parent == folders["disk"]
        assert images[IDS[2]].pixels.tobytes() == image_of(2, (42, 30)).pixels.tobytes()
    assert names(folders["disk"]) == []


def test_temporary_files_folder_is_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """TMPDIR says where pixels go where there is no memory for them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert choose_path("a", 1000, print, memory=tmp_path / "missing").parent == tmp_path


def test_no_room_anywhere(monkeypatch, folders):
    """The error names what is needed and what is free in both places; nothing is written."""
    with_free(monkeypatch, memory=100_000_000, disk=1_000_000)
    with pytest.raises(CannotCreateError) as caught:
        choose_path("a", 2_345_600_000, report_nothing, **folders)
    assert caught.value.exit_code == ExitCode.CANNOT_CREATE == 73
    assert str(caught.value) == (
        f"the shared pixels need up to 2,345.6 MB; {folders['memory']} may take 90.0 MB and "
        f"{folders['disk']} 0.9 MB: make room, allow more memory, name another TMPDIR, or set a "
        "smaller views.size"
    )


def test_a_limit_that_comes_later(tmp_path: Path, path: Path):
    """Room that is gone by the time of writing is an error with the file's name, and no signal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    two = [(image_id, image_of(1, (500, 1000))) for image_id in IDS[:2]]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
    try:
        with pytest.raises(OSError, match="File too large") as caught, hold_segment(path, two):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refusal(caught.value).exit_code == ExitCode.CANNOT_CREATE
    assert str(path) in str(refusal(caught.value))
    assert names(tmp_path) == []


def test_a_full_memory(tmp_path: Path):
    """A tmpfs of 1 MB refuses three images of 0.4 MB before and while they come, and takes two."""
    mounted = f'mount -t tmpfs -o size=1000k tmpfs "{tmp_path}" && exec "$@"'
    command = [*unshare("--mount"), "sh", "-c", mounted, "sh"]
    command += [sys.executable, "-c", FILLER, str(tmp_path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    before, then, left, found = done.stdout.splitlines()
    assert f"need up to 1.2 MB; {tmp_path} may take 0.9 MB and {tmp_path} 0.9 MB" in before
    assert f"73 cannot write {tmp_path}/mammo-pixels-0-a: No space left on device: make" in then
    assert (left, found) == ("[]", str({"a": 7 * 200_000, "b": 7 * 200_000}))


# How much


@settings(max_examples=25)
@given(
    shape=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    size=st.tuples(st.integers(75, 120), st.integers(75, 120)),
    crop=st.sampled_from([0.0, 0.1, 0.3, 0.45]),
    region=st.sampled_from(["image", "breast"]),
    image_id=st.text(),
)
@example((400, 300), (75, 75), 0.0, "image", "20586908")
@example((76, 75), (75, 75), 0.0, "image", "\U0001f9ff")
def test_no_segment_is_larger_than_said(shape, size, crop, region, image_id):
    """The largest size is enough, whatever the image, the region and the model's size."""
    config = ViewsConfig(size=size, crop=crop, region=region)
    image = np.random.default_rng(1).integers(0, 4096, shape, np.uint16)
    made = ImageReducer(config).reduce(image)
    longest = replace(made, window=(-2.2250738585072014e-308, -1.7976931348623157e308))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        with hold_segment(path, [(image_id, longest)]):
            assert path.stat().st_size <= largest_size({image_id: shape}, config)


def test_that_is_little_more_than_the_pixels():
    """INbreast at 299 x 299 takes 119 MB at most, and small images no more than they have."""
    inbreast = {str(number): (3328, 2560) for number in range(410)}
    masks = 256 * 197 / 6  # in cells of 13 x 13 pixels, 6 of them a letter
    size = largest_size(inbreast, ViewsConfig())
    assert size == pytest.approx(410 * (2 * 374 * 374 + masks), rel=0.001)
    assert largest_size({"1": (20, 30)}, ViewsConfig()) < 2 * 20 * 30 + 500
