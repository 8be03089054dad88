"""docker/leave-out.txt and what carries it out: safe, and true to its own figures."""

import sysconfig
from pathlib import Path

import elf
import leave_out
import pytest

SITE = Path(sysconfig.get_path("purelib"))
LIBRARY = SITE / "nvidia/dali/libdali.so"
ENTRIES = leave_out.entries(leave_out.LIST.read_text())
OF_PACKAGES = [entry for entry in ENTRIES if entry.section in {"packages", "cpu"}]


def measured(pattern: str) -> float:
    """The megabytes of what was installed, without compiled Python, which comes with use."""
    found = (path for top in SITE.glob(pattern) for path in (top, *top.rglob("*")))
    files = (path for path in found if path.suffix != ".pyc" and path.is_file())
    return sum(path.stat().st_size for path in files if not path.is_symlink()) / 10**6


def test_each_entry_is_whole():
    """A known section, a reason or a mark that the line above has it, and no pattern twice."""
    assert {entry.section for entry in ENTRIES} == {"packages", "cpu", "system"}
    assert all(entry.reason == "-" or len(entry.reason) > 3 for entry in ENTRIES)
    patterns = [(entry.section, entry.pattern) for entry in ENTRIES]
    assert len(set(patterns)) == len(patterns)


@pytest.mark.parametrize("entry", OF_PACKAGES, ids=lambda entry: entry.pattern)
def test_the_sizes_are_those_of_the_locked_packages(entry: leave_out.Entry):
    """Measured here, where there is no more than in the image: within a tenth, or 0.1 MB."""
    if entry.pattern.startswith("**") or "wheel" in entry.pattern:
        pytest.skip("here are other packages, too")
    assert measured(entry.pattern) == pytest.approx(entry.megabytes, rel=0.1, abs=0.1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with something to leave out."""
    for name in ("package/include/a.h", "package/code.py", "tests/a/tests/b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("four")
    (tmp_path / "link").symlink_to(tmp_path / "package/include")
    return tmp_path


def test_what_is_named_goes_and_the_rest_stays(site: Path):
    """A folder with all that is in it; the bytes are told."""
    entry = leave_out.Entry("packages", 0, "package/include", "headers")
    assert leave_out.leave_out(site, entry) == 4
    assert not (site / "package/include").exists()
    assert (site / "package/code.py").read_text() == "four"


def test_a_part_s_licences_stay(site: Path):
    """Those of headers, whose code is in a library that stays; a whole package's go with it."""
    for name in ("LICENSE", "COPYING.txt"):
        (site / "package/include" / name).write_text("yours")
    leave_out.leave_out(site, leave_out.Entry("packages", 0, "package/include", "headers"))
    names = {path.name for path in (site / "package").rglob("*")}
    assert names == {"code.py", "include", "LICENSE", "COPYING.txt"}
    leave_out.leave_out(site, leave_out.Entry("packages", 0, "package*", "all of it"))
    assert not (site / "package").exists()


def test_what_lies_within_another_goes_with_it(site: Path):
    """A pattern may find a folder, and one below it."""
    assert leave_out.leave_out(site, leave_out.Entry("packages", 0, "**/tests", "tests")) == 4
    assert not (site / "tests").exists()


def test_a_link_goes_alone(site: Path):
    """What it leads to may be needed."""
    assert leave_out.leave_out(site, leave_out.Entry("packages", 0, "link", "a link")) == 0
    assert (site / "package/include/a.h").exists()
    assert not (site / "link").is_symlink()


def test_a_line_that_finds_nothing_is_an_error(site: Path):
    """Of locked packages: a new version has moved it, and the list must follow."""
    with pytest.raises(LookupError, match=r"nothing is left of gone/\*: remove the line"):
        leave_out.leave_out(site, leave_out.Entry("packages", 1, "gone/*", "moved"))


def test_bases_differ(site: Path):
    """Of the base, what is not there need not be left out."""
    assert leave_out.leave_out(site, leave_out.Entry("system", 1, "usr/share/man", "manuals")) == 0


def test_a_stripped_library_stays_as_it_is(tmp_path: Path):
    """Where next to nothing is to be gained, not a byte is touched."""
    path = tmp_path / "library.so"
    path.write_bytes(b"".join(elf.shrunk(LIBRARY.read_bytes(), gpu_code=True)) + b"\0" * 1000)
    before = path.read_bytes()
    assert leave_out.shrink(path, gpu_code=True) == 0
    assert path.read_bytes() == before


def test_a_library_is_made_smaller_in_place(tmp_path: Path):
    """By as much as is told."""
    path = tmp_path / "library.so"
    path.write_bytes(LIBRARY.read_bytes())
    gone = leave_out.shrink(path, gpu_code=False)
    assert 0 < gone == LIBRARY.stat().st_size - path.stat().st_size
