"""Why a container ended, where `kubectl describe pod` shows it."""

import contextlib
import os
from pathlib import Path

VARIABLE = "MAMMO_TERMINATION_LOG"
"""The variable with the container's terminationMessagePath; nobody but the Jobs of k8s/ sets it."""

_MOST_BYTES = 4096  # what Kubernetes keeps of it (API reference, Container v1)


def leave_termination_message(line: str) -> None:
    """Writes a line into the file that Kubernetes has mounted for it; does nothing elsewhere.

    The line is on stderr, too, so nothing is lost if there is no such file, or it is read-only.
    """
    if path := os.environ.get(VARIABLE):
        # Opened for reading, too: that never creates a file.
        with contextlib.suppress(OSError), Path(path).open("r+b") as file:
            file.truncate()
            file.write(line.encode()[:_MOST_BYTES])
