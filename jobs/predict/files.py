"""What `mammo predict` is given, files and folders, as a list of files with their hashes."""

import hashlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.common.errors import UsageError
from mammo_tfds.release.files import walk_files

_ID = 16  # hex digits


@dataclass(frozen=True)
class InputFile:
    """A file that may be a mammogram.

    Attributes:
        path: where it is.
        name: as a user finds it again: its path in the folder that was given, or its own name.
        sha256: of its content, in hex.
    """

    path: Path
    name: str
    sha256: str

    @property
    def image_id(self) -> str:
        """The beginning of its hash: what results are named by, as tags and names may name people.

        Examples:
            >>> InputFile(Path("a.dcm"), "a.dcm", "0123456789abcdef" * 4).image_id
            '0123456789abcdef'
        """
        return self.sha256[:_ID]


def list_files(given: Sequence[Path]) -> list[tuple[Path, str]]:
    """The files among what was given, and those in the folders: paths with names; hidden ones not.

    Raises:
        UsageError: something is not there, or there is no file at all.
    """
    found: dict[Path, str] = {}
    for path in given:
        if path.is_dir():
            found |= {each: each.relative_to(path).as_posix() for each in walk_files(path)}
        elif path.is_file():
            found[path] = path.name
        else:
            raise UsageError(f"{path} is neither a file nor a folder: give DICOM files or folders")
    return list(found.items())


def hash_files(files: Iterable[tuple[Path, str]]) -> list[InputFile]:
    """The files with their hashes, in the order of these; of files with one content, the first.

    A line on stderr names each of the others.

    Raises:
        OSError: one cannot be read.
    """
    found: dict[str, InputFile] = {}
    for path, name in files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest in found:
            tell_copy(name, found[digest])
        else:
            found[digest] = InputFile(path, name, digest)
    return [found[digest] for digest in sorted(found)]


def tell_copy(name: str, first: InputFile) -> None:
    """Says on stderr that a file is left out, as another one has the same content."""
    sys.stderr.write(f"mammo: left out: {name}: has the same content as {first.name}\n")
