"""What was measured already, for a call that goes on where another was stopped."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


class Journal:
    """Results by their names, each written as soon as it is there: JSON, a line each.

    Examples:
        >>> Journal().once("sum", lambda: {"value": 1 + 1})
        {'value': 2}
    """

    def __init__(self, path: Path | None = None) -> None:
        """Reads what is there; a line that a kill cut short is left out. None keeps no file."""
        self._path = path
        self._kept: dict[str, Any] = {}
        if path is None or not path.exists():
            return
        whole, _, _ = path.read_bytes().rpartition(b"\n")
        for line in whole.splitlines():
            self._kept.update(json.loads(line))
        path.write_bytes(whole + b"\n" if whole else b"")

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The result of that name; it is made and written if it is not there.

        Args:
            make: makes it, of what JSON knows.
        """
        if name not in self._kept:
            line = json.dumps({name: make()})
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(f"{line}\n")
            self._kept.update(json.loads(line))
        return self._kept[name]

    def remove(self) -> None:
        """Removes the file: all is done."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
