"""What is wrong with a release: problems, collected with their files and lines."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Problem:
    """Something wrong with a release.

    Attributes:
        path: the file, relative to the release; "" for the folder itself.
        line: the line in the file, counted from 1; None where the problem has no line.
        message: the rule, the value, and what to do.
        fatal: whether the release cannot be used because of it.
        left_out: whether it can be used, but without this file.

    Examples:
        >>> from mammo_tfds.release import Problem
        >>> print(Problem("INbreast.csv", 14, "ACR must be 1 to 4, or blank; got '7'", fatal=True))
        INbreast.csv:14: ACR must be 1 to 4, or blank; got '7'
    """

    path: str
    line: int | None
    message: str
    fatal: bool
    left_out: bool = False

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.message}" if where else self.message


@dataclass(frozen=True)
class ProblemLog:
    """Collects the problems of a release.

    Attributes:
        folder: the release; problems name their files relative to it.
        problems: in the order in which they were found.

    Examples:
        >>> from pathlib import Path
        >>> from mammo_tfds.release import ProblemLog
        >>> log = ProblemLog(Path("release"))
        >>> log.warning(Path("release/AllXML/1.xml"), "1 of 1 ROIs have no name")
        >>> log.fatal(Path("release/AllDICOMs/1.dcm"), "the file is cut off")
        >>> [str(problem) for problem in log.sorted_problems()]
        ['AllDICOMs/1.dcm: the file is cut off', 'AllXML/1.xml: 1 of 1 ROIs have no name']
    """

    folder: Path
    problems: list[Problem] = field(default_factory=list)

    def fatal(self, path: Path, message: str, line: int | None = None) -> None:
        """Adds a problem because of which the release cannot be used."""
        self.problems.append(Problem(self.relative_name(path), line, message, fatal=True))

    def warning(self, path: Path, message: str, line: int | None = None) -> None:
        """Adds a problem that does not keep the release from being used."""
        self.problems.append(Problem(self.relative_name(path), line, message, fatal=False))

    def left_out(self, path: Path, message: str, line: int | None = None) -> None:
        """Adds a problem that costs a file, but not the release."""
        name = self.relative_name(path)
        self.problems.append(Problem(name, line, message, fatal=False, left_out=True))

    def sorted_problems(self) -> tuple[Problem, ...]:
        """The problems, sorted by file and line."""
        return tuple(sorted(self.problems, key=lambda each: (each.path, each.line or 0)))

    def relative_name(self, path: Path) -> str:
        """A file as `Problem.path` names it; control characters and undecodable bytes escaped."""
        name = "" if path == self.folder else path.relative_to(self.folder).as_posix()
        return name if name.isprintable() else ascii(name)[1:-1]
