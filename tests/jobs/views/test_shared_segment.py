"""Shared pixels: the same bytes everywhere, one copy of them, and nothing left of the dead."""

import json
import os
import resource
import secrets
import subprocess
import sys
import tempfile
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
    MissingInputError,
    StoppedError,
)
from jobs.config.study import ViewsConfig
from jobs.views.dali import ViewMaker
from jobs.views.parameters import draw_parameters
from jobs.views.shared_segment import MEMORY, attach, bound, place, shared
from jobs.views.source import ImageReducer, ReducedImage

IDS = ("20586908", "20586934", "53582540")
NAME = "mammo-pixels-0-key"

ATTACHER = """
import hashlib, json, sys
from pathlib import Path
from jobs.views.shared_segment import attach

path = Path(sys.argv[1])
sources = attach(path)
hashes = {name: hashlib.sha256(source.pixels).hexdigest() for name, source in sources.items()}
where = [source.pixels.ctypes.data for source in sources.values()]
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
from jobs.common.errors import CannotCreateError
from jobs.views.shared_segment import attach, place, shared
from jobs.views.source import ReducedImage

folder = Path(sys.argv[1])
path = folder / "mammo-pixels-0-a"
halves = [(name, ReducedImage(np.full((400, 500, 1), 7, np.uint16), (0.0, 1.0))) for name in "ab"]
try:
    place("a", 3 * 400_000, print, memory=folder, disk=folder)
except CannotCreateError as error:
    print(error)
try:
    with shared(path, [*halves, ("c", halves[0][1])]):
        print("it fitted")
except CannotCreateError as error:
    print(error)
print(list(folder.iterdir()))
with shared(path, halves):
    print({name: int(source.pixels.sum()) for name, source in attach(path).items()})
"""


def source_of(seed: int, shape: tuple[int, int] = (40, 30)) -> ReducedImage:
    pixels = np.random.default_rng(seed).integers(0, 2**16, (*shape, 1), np.uint16)
    pixels.flags.writeable = False
    return ReducedImage(pixels, (12.5, 3046.6))


def some() -> list[tuple[str, ReducedImage]]:
    return [(image_id, source_of(seed, (40 + seed, 30))) for seed, image_id in enumerate(IDS)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def unheard(line: str) -> None:
    raise AssertionError(f"nothing was to be told; got {line}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A segment's, in a folder of its own."""
    return tmp_path / NAME


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    """A memory and a disk."""
    both = {name: tmp_path / name for name in ("memory", "disk")}
    for folder in both.values():
        folder.mkdir()
    return both


def unshare(*what: str) -> list[str]:
    """The command that runs another one in namespaces of its own; skips where that may not be."""
    command = ["unshare", "--user", "--map-root-user", *what]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"this user may not {' '.join(command)}")
    return command


# The same bytes


@st.composite
def sources(draw) -> ReducedImage:
    shape = draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))
    pixels = draw(arrays(np.uint16, (*shape, 1)))
    if draw(st.booleans()):
        pixels = pixels.transpose(1, 0, 2)[::-1]  # not contiguous
    number = st.floats(allow_nan=False)
    return ReducedImage(pixels, (draw(number), draw(number)))


@settings(max_examples=40)
@given(st.dictionaries(st.text(), sources(), max_size=4))
def test_what_is_attached_is_what_was_shared(given_sources: dict[str, ReducedImage]):
    """Pixels and windows come back bit by bit, whatever the ids, the shapes and the layout."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        with shared(path, given_sources.items()):
            attached = attach(path)
    assert list(attached) == list(given_sources)
    for image_id, source in given_sources.items():
        assert attached[image_id].pixels.dtype == np.uint16
        assert np.array_equal(attached[image_id].pixels, source.pixels)
        assert attached[image_id].window == source.window


def test_many_processes_attach_one_copy():
    """Other processes see the same bytes at once, in read-only mappings of the one file."""
    expected = {image_id: sha256(source.pixels).hexdigest() for image_id, source in some()}
    path = place(secrets.token_hex(8), 10_000, unheard)
    assert path.parent == MEMORY
    with shared(path, some()):
        command = [sys.executable, "-c", ATTACHER, str(path)]
        started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(5)]
        told = [json.loads(process.communicate()[0]) for process in started]
        inode = path.stat().st_ino
    assert told == [[expected, [["r--s", inode]]]] * 5


def test_what_is_attached_is_read_only(path: Path):
    """No worker can change another's pixels; no other user can read them."""
    with shared(path, some()):
        pixels = attach(path)[IDS[0]].pixels
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(ValueError, match="read-only"):
            pixels[0, 0, 0] = 1
        with pytest.raises(ValueError, match="WRITEABLE"):
            pixels.flags.writeable = True


def test_views_of_attached_pixels(path: Path):
    """A view is made from shared memory as from an array of one's own, to the bit."""
    config = ViewsConfig(size=(96, 80))
    maker = ViewMaker(config, batch=3, threads=1)
    own = source_of(1, (110, 90))
    parameters = [draw_parameters(7, IDS[0], view, config) for view in range(3)]
    with shared(path, [(IDS[0], own)]):
        attached = attach(path)[IDS[0]]
    assert np.array_equal(maker.views(attached, parameters), maker.views(own, parameters))


def test_sources_are_taken_one_at_a_time(tmp_path: Path, path: Path):
    """Each is in the segment before the next is decoded."""
    sizes = []

    def decoded():
        for image_id, source in some():
            sizes.append(sum(path.stat().st_size for path in tmp_path.iterdir()))
            yield image_id, source

    with shared(path, decoded()):
        assert sizes == [0, 2 * 40 * 30, 2 * (40 + 41) * 30]


def test_what_is_written_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch):
    """The operating system may take less at a time than it is given."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:999]))
    with shared(path, some()):
        for image_id, source in attach(path).items():
            assert np.array_equal(source.pixels, dict(some())[image_id].pixels)


# By its name


def test_other_sources_have_another_segment(tmp_path: Path):
    """Those who want different ones neither wait for each other nor see each other's."""
    with shared(tmp_path / "mammo-pixels-0-a", some()[:1]):
        with shared(tmp_path / "mammo-pixels-0-b", some()[1:]):
            assert list(attach(tmp_path / "mammo-pixels-0-a")) == [IDS[0]]
            assert list(attach(tmp_path / "mammo-pixels-0-b")) == [*IDS[1:]]
        assert names(tmp_path) == ["mammo-pixels-0-a"]


def test_a_place_that_is_known_is_taken_again(folders, monkeypatch: pytest.MonkeyPatch):
    """A segment is looked for in memory and on the disk before there is asked for room."""
    for name, free in (("memory", 0), ("disk", 100_000)):
        with_free(monkeypatch, **{"memory": 0, "disk": 0, name: 1_000_000})
        path = place("a", 100_000, lambda line: None, **folders)
        assert path == folders[name] / f"mammo-pixels-{os.geteuid()}-a"
        with shared(path, some()):
            with_free(monkeypatch, memory=free, disk=0)
            assert place("a", 100_000, unheard, **folders) == path
            with pytest.raises(CannotCreateError):
                place("b", 100_000, unheard, **folders)


# Its end


def test_the_end_removes_the_name_alone(tmp_path: Path, path: Path):
    """Nothing is left in the folder, and who has attached keeps the pixels."""
    with shared(path, some()):
        attached = attach(path)
    assert names(tmp_path) == []
    for image_id, source in some():
        assert np.array_equal(attached[image_id].pixels, source.pixels)


@pytest.mark.parametrize("error", [StoppedError, DataError, KeyboardInterrupt])
def test_a_stop_while_decoding_leaves_nothing(
    tmp_path: Path, path: Path, error: type[BaseException]
):
    """SIGTERM, or an image that cannot be read, comes with half of the segment written."""

    def decoded():
        yield IDS[0], source_of(0)
        raise error

    with pytest.raises(error), shared(path, decoded()):
        pass
    assert names(tmp_path) == []


def test_a_segment_that_is_gone(path: Path):
    """Who comes after the last holder's end is told so, by name, and may come again."""
    with shared(path, some()):
        pass
    with pytest.raises(MissingInputError, match=f"{path} must be .*have ended; start one again"):
        attach(path)


@pytest.mark.parametrize("content", [b"", b"half", b"\0" * 5000])
def test_a_file_that_is_no_whole_segment(tmp_path: Path, content: bytes):
    """Neither another file nor a segment that is being written is taken for one."""
    (tmp_path / "segment").write_bytes(content)
    with pytest.raises(DataError, match=f"segment must be a whole .* it has {len(content)} bytes"):
        attach(tmp_path / "segment")


# The dead and the living


def test_the_next_start_removes_what_the_dead_left(folders):
    """A segment that nobody holds stays until someone asks for a place, wherever that then is."""
    held = folders["memory"] / "mammo-pixels-0-held"
    with shared(held, some()):
        for folder in folders.values():
            (folder / NAME).touch()
            (folder / "psm_4f1c").touch()  # it is no segment
        place("a", 1, unheard, **folders)
        assert names(folders["memory"]) == [held.name, "psm_4f1c"]
        assert names(folders["disk"]) == ["psm_4f1c"]


# Room


def with_free(monkeypatch: pytest.MonkeyPatch, **free: int) -> None:
    """Has folders of these names say that so many bytes are free."""
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
    found = place("a", needed, told.append, **folders)
    assert found == folders[chosen] / f"mammo-pixels-{os.geteuid()}-a"
    assert len(told) == (chosen == "disk")


def test_pixels_on_disk_are_shared_as_well(monkeypatch, folders):
    """Where memory has too little room it is said, and the disk's file is attached."""
    monkeypatch.setattr(resources, "memory_left", lambda: 15_000_000)
    told: list[str] = []
    path = place("a", 20_000_000, told.append, **folders)
    assert told == [
        "the shared pixels need up to 20.0 MB; "
        f"{folders['memory']} may take 15.0 MB: they are kept in {folders['disk']}"
    ]
    with shared(path, some()):
        assert path.parent == folders["disk"]
        assert attach(path)[IDS[2]].pixels.tobytes() == source_of(2, (42, 30)).pixels.tobytes()
    assert names(folders["disk"]) == []


def test_temporary_files_folder_is_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """TMPDIR says where pixels go where there is no memory for them."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert place("a", 1000, print, memory=tmp_path / "missing").parent == tmp_path


def test_no_room_anywhere(monkeypatch, folders):
    """The error names what is needed and what is free in both places; nothing is written."""
    with_free(monkeypatch, memory=100_000_000, disk=1_000_000)
    with pytest.raises(CannotCreateError) as caught:
        place("a", 2_345_600_000, unheard, **folders)
    assert caught.value.exit_code == ExitCode.CANNOT_CREATE == 73
    assert str(caught.value) == (
        f"the shared pixels need up to 2,345.6 MB; {folders['memory']} may take 90.0 MB and "
        f"{folders['disk']} 0.9 MB: make room, allow more memory, name another TMPDIR, or set a "
        "smaller views.size"
    )


def test_a_limit_that_comes_later(tmp_path: Path, path: Path):
    """Room that is gone by the time of writing is an error with the numbers, and no signal."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    two = [(image_id, source_of(1, (500, 1000))) for image_id in IDS[:2]]
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, hard))
    try:
        with pytest.raises(CannotCreateError) as caught, shared(path, two):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert f"{tmp_path} must have room for 2.0 MB of shared pixels" in str(caught.value)
    assert "beside the first 1.0 MB (File too large): make room" in str(caught.value)
    assert names(tmp_path) == []


def test_a_full_memory(tmp_path: Path):
    """A tmpfs of 1 MB refuses three images of 0.4 MB before and while they come, and takes two."""
    mounted = f'mount -t tmpfs -o size=1000k tmpfs "{tmp_path}" && exec "$@"'
    command = [*unshare("--mount"), "sh", "-c", mounted, "sh"]
    command += [sys.executable, "-c", FILLER, str(tmp_path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    before, then, left, attached = done.stdout.splitlines()
    assert f"need up to 1.2 MB; {tmp_path} may take 0.9 MB and {tmp_path} 0.9 MB" in before
    assert "must have room for 1.2 MB of shared pixels and more to come; 0.2 MB are free" in then
    assert (left, attached) == ("[]", str({"a": 7 * 200_000, "b": 7 * 200_000}))


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
def test_no_segment_is_larger_than_its_bound(shape, size, crop, region, image_id):
    """Whatever the image, the region and the model's size: what is promised is enough."""
    config = ViewsConfig(size=size, crop=crop, region=region)
    image = np.random.default_rng(1).integers(0, 4096, shape, np.uint16)
    made = ImageReducer(config).reduce(image)
    longest = ReducedImage(made.pixels, (-2.2250738585072014e-308, -1.7976931348623157e308))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        with shared(path, [(image_id, longest)]):
            assert path.stat().st_size <= bound({image_id: shape}, config)


def test_a_bound_is_little_more_than_the_pixels():
    """INbreast at 299 x 299 takes 115 MB at most, and small images no more than they have."""
    inbreast = {str(number): (3328, 2560) for number in range(410)}
    assert bound(inbreast, ViewsConfig()) == pytest.approx(410 * 2 * 374 * 374, rel=0.001)
    assert bound({"1": (20, 30)}, ViewsConfig()) < 2 * 20 * 30 + 300
