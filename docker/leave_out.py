"""What an image leaves out of what was installed: `leave_out.py KIND FOLDER`.

KIND is a section of leave-out.txt beside this file, and FOLDER what its patterns are relative to.
With cpu or gpu, the section `packages` counts, too, and shared libraries are made smaller. Prints
what came of it. A pattern that finds nothing is an error in `packages`, `cpu` and `gpu`, whose
versions are locked; bases differ.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import elf

LIST = Path(__file__).with_name("leave-out.txt")
IMAGES = ("cpu", "gpu")
_MB = 10**6
_WORTH = 0.02  # below, a library was stripped by who made it, and stays as it is
_LICENCE = re.compile(r"(licen[sc]e|copying|copyright|notice)", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A line of leave-out.txt."""

    section: str
    megabytes: float
    pattern: str
    reason: str


def entries(text: str) -> list[Entry]:
    """What a list says: sections in brackets; lines of size, pattern and reason; comments."""
    section, found = "", []
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif line and not line.startswith("#"):
            size, pattern, reason = line.split(maxsplit=2)
            found.append(Entry(section, float(size), pattern, reason))
    return found


def leave_out(folder: Path, entry: Entry) -> int:
    """Removes what an entry names, but for the licences in a part of a package; how many bytes.

    Raises:
        LookupError: a locked package has nothing of the name.
    """
    found = list(folder.glob(entry.pattern))
    if not found and entry.section != "system":
        raise LookupError(f"leave-out.txt: nothing is left of {entry.pattern}: remove the line")
    spare = _LICENCE if "/" in entry.pattern else None
    # One may lie within another, and be gone by now.
    return sum(_remove(path, spare) for path in found if path.is_symlink() or path.exists())


def _remove(path: Path, spare: re.Pattern[str] | None) -> int:
    """Removes a file, a link, or a folder with what is in it; how many bytes that were."""
    if path.is_dir() and not path.is_symlink():
        gone = sum(_remove(each, spare) for each in path.iterdir())
        if not any(path.iterdir()):
            path.rmdir()
        return gone
    if spare and spare.match(path.name):
        return 0
    gone = 0 if path.is_symlink() else path.stat().st_size
    path.unlink()
    return gone


def shrink(path: Path, *, gpu_code: bool) -> int:
    """Makes a shared library smaller, where that pays; by how many bytes."""
    data = path.read_bytes()
    pieces = elf.shrunk(data, gpu_code=gpu_code)
    less = len(data) - sum(map(len, pieces))
    if less < _WORTH * len(data):
        return 0
    with path.open("wb") as file:
        file.writelines(pieces)
    return less


def main(kind: str, folder: Path) -> None:
    """Leaves out a section's entries; of an image's packages, also the parts that nothing loads."""
    wanted = {kind, "packages"} if kind in IMAGES else {kind}
    gone = 0
    for entry in entries(LIST.read_text(encoding="utf-8")):
        if entry.section in wanted:
            gone += told(leave_out(folder, entry), entry.pattern)
    if kind in IMAGES:
        libraries = [path for path in folder.rglob("*.so*") if path.is_file()]
        gone += told(
            sum(shrink(path, gpu_code=kind == "gpu") for path in libraries), "in libraries"
        )
    told(gone, f"in all of {folder}")


def told(amount: int, what: str) -> int:
    """An amount, of which it has written a line into the build's log."""
    sys.stdout.write(f"left out {amount / _MB:8.1f} MB: {what}\n")
    return amount


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
