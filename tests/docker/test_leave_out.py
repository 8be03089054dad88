"""docker/leave-out.txt and leave_out.py: nothing needed is removed, and the sizes are true."""

import sysconfig
from pathlib import Path

import elf
import leave_out
import pytest

SITE = Path(sysconfig.get_path("purelib"))
LIBRARY = SITE / "nvidia/dali/libdali.so"
ENTRIES = leave_out.read_entries(leave_out.LIST.read_text())
OF_PACKAGES = [entry for entry in ENTRIES if entry.section in {"packages", "cpu"}]


def measure(pattern: str) -> float:
    """The megabytes of the installed files, without compiled Python, which appears with use."""
    found = (path for top in SITE.glob(pattern) for path in (top, *top.rglob("*")))
    files = (path for path in found if path.suffix != ".pyc" and path.is_file())
    return sum(path.stat().st_size for path in files if not path.is_symlink()) / 10**6


def test_each_entry_is_complete():
    """Each has a known section, and a reason or a "-" for the line above's; no pattern repeats."""
    assert {entry.section for entry in ENTRIES} == {"packages", "cpu", "system"}
    assert all(entry.reason == "-" or len(entry.reason) > 3 for entry in ENTRIES)
    patterns = [(entry.section, entry.pattern) for entry in ENTRIES]
    assert len(set(patterns)) == len(patterns)


@pytest.mark.parametrize("entry", OF_PACKAGES, ids=lambda entry: entry.pattern)
def test_the_sizes_are_those_of_the_locked_packages(entry: leave_out.Entry):
    """The sizes in the list are those measured here, within a tenth or 0.1 MB."""
    if entry.pattern.startswith("**") or "wheel" in entry.pattern:
        pytest.skip("other packages are installed here, too")
    assert measure(entry.pattern) == pytest.approx(entry.megabytes, rel=0.1, abs=0.1)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with something to leave out."""
    for name in ("package/include/a.h", "package/code.py", "tests/a/tests/b"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("four")
    (tmp_path / "link").symlink_to(tmp_path / "package/include")
    return tmp_path


def test_what_an_entry_names_is_removed_and_the_rest_stays(site: Path):
    """A folder is removed with its content; its bytes are returned."""
    entry = leave_out.Entry("packages", 0, "package/include", "headers")
    assert leave_out.leave_out(site, entry) == 4
    assert not (site / "package/include").exists()
    assert (site / "package/code.py").read_text() == "four"


def test_licences_of_a_part_stay(site: Path):
    """Licences of headers stay with the library; a whole package is removed with its licences."""
    for name in ("LICENSE", "COPYING.txt"):
        (site / "package/include" / name).write_text("yours")
    leave_out.leave_out(site, leave_out.Entry("packages", 0, "package/include", "headers"))
    names = {path.name for path in (site / "package").rglob("*")}
    assert names == {"code.py", "include", "LICENSE", "COPYING.txt"}
    leave_out.leave_out(site, leave_out.Entry("packages", 0, "package*", "all of it"))
    assert not (site / "package").exists()


def test_a_pattern_may_find_a_folder_and_one_inside_it(site: Path):
    """The inner one is removed with the outer one, and counted once."""
    assert leave_out.leave_out(site, leave_out.Entry("packages", 0, "**/tests", "tests")) == 4
    assert not (site / "tests").exists()


def test_only_the_link_itself_is_removed(site: Path):
    """The link's target stays, as it may be needed."""
    assert leave_out.leave_out(site, leave_out.Entry("packages", 0, "link", "a link")) == 0
    assert (site / "package/include/a.h").exists()
    assert not (site / "link").is_symlink()


def test_a_line_that_finds_nothing_is_an_error(site: Path):
    """Versions are locked: if a new one has moved the files, the list must follow."""
    with pytest.raises(LookupError, match=r"nothing is left of gone/\*: remove the line"):
        leave_out.leave_out(site, leave_out.Entry("packages", 1, "gone/*", "moved"))


def test_an_entry_of_the_base_may_find_nothing(site: Path):
    """Bases differ in what they contain."""
    assert leave_out.leave_out(site, leave_out.Entry("system", 1, "usr/share/man", "manuals")) == 0


def test_a_stripped_library_is_not_changed(tmp_path: Path):
    """If shrinking it would save next to nothing, no byte is changed."""
    path = tmp_path / "library.so"
    path.write_bytes(b"".join(elf.shrink(LIBRARY.read_bytes(), gpu_code=True)) + b"\0" * 1000)
    before = path.read_bytes()
    assert leave_out.shrink_library(path, gpu_code=True) == 0
    assert path.read_bytes() == before


def test_a_library_is_made_smaller_in_place(tmp_path: Path):
    """The result is the difference of the two sizes."""
    path = tmp_path / "library.so"
    path.write_bytes(LIBRARY.read_bytes())
    saved = leave_out.shrink_library(path, gpu_code=False)
    assert 0 < saved == LIBRARY.stat().st_size - path.stat().st_size
