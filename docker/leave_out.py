"""Removes installed files that an image does not need: `leave_out.py KIND FOLDER`.

KIND is a section of leave-out.txt beside this file, and FOLDER what its patterns are relative to.
With cpu or gpu, the section `packages` applies, too, and shared libraries are made smaller. Prints
how much each entry saves. A pattern that finds nothing is an error in `packages`, `cpu` and `gpu`,
whose versions are locked; in `system` it is not, as bases differ.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import elf

LIST = Path(__file__).with_name("leave-out.txt")
IMAGES = ("cpu", "gpu")
_MB = 10**6
_LEAST_SAVING = 0.02  # below, a library was stripped by its maker, and stays as it is
_LICENCE = re.compile(r"(licen[sc]e|copying|copyright|notice)", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """A line of leave-out.txt."""

    section: str
    megabytes: float
    pattern: str
    reason: str


def read_entries(text: str) -> list[Entry]:
    """Reads a list: sections in brackets; lines of size, pattern and reason; comments."""
    section, found = "", []
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
        elif line and not line.startswith("#"):
            size, pattern, reason = line.split(maxsplit=2)
            found.append(Entry(section, float(size), pattern, reason))
    return found


def leave_out(folder: Path, entry: Entry) -> int:
    """Removes what an entry names, except licences in a part of a package.

    Returns:
        how many bytes were removed.

    Raises:
        LookupError: the pattern finds nothing in a locked package.
    """
    found = list(folder.glob(entry.pattern))
    if not found and entry.section != "system":
        raise LookupError(f"leave-out.txt: nothing is left of {entry.pattern}: remove the line")
    spare = _LICENCE if "/" in entry.pattern else None
    # One may lie within another, and be removed already.
    return sum(_remove(path, spare) for path in found if path.is_symlink() or path.exists())


def _remove(path: Path, spare: re.Pattern[str] | None) -> int:
    """Removes a file, a link, or a folder with its content; returns the bytes that were removed."""
    if path.is_dir() and not path.is_symlink():
        removed = sum(_remove(each, spare) for each in path.iterdir())
        if not any(path.iterdir()):
            path.rmdir()
        return removed
    if spare and spare.match(path.name):
        return 0
    removed = 0 if path.is_symlink() else path.stat().st_size
    path.unlink()
    return removed


def shrink_library(path: Path, *, gpu_code: bool) -> int:
    """Makes a shared library smaller if it saves enough; returns the bytes that were saved."""
    data = path.read_bytes()
    pieces = elf.shrink(data, gpu_code=gpu_code)
    saved = len(data) - sum(map(len, pieces))
    if saved < _LEAST_SAVING * len(data):
        return 0
    with path.open("wb") as file:
        file.writelines(pieces)
    return saved


def main(kind: str, folder: Path) -> None:
    """Leaves out a section's entries; in an image's packages it shrinks the libraries, too."""
    wanted = {kind, "packages"} if kind in IMAGES else {kind}
    total = 0
    for entry in read_entries(LIST.read_text(encoding="utf-8")):
        if entry.section in wanted:
            removed = leave_out(folder, entry)
            report(removed, entry.pattern)
            total += removed
    if kind in IMAGES:
        libraries = [path for path in folder.rglob("*.so*") if path.is_file()]
        saved = sum(shrink_library(path, gpu_code=kind == "gpu") for path in libraries)
        report(saved, "in libraries")
        total += saved
    report(total, f"in all of {folder}")


def report(amount: int, what: str) -> None:
    """Writes a line about some bytes into the build's log."""
    sys.stdout.write(f"left out {amount / _MB:8.1f} MB: {what}\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
