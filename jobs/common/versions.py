"""Which software this process is: Python, the libraries, the code's revision and the image."""

import functools
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

_LIBRARIES = (
    "tensorflow-cpu",
    "tensorflow",
    "keras",
    "tensorflow-datasets",
    "nvidia-dali-cuda120",
    "pydicom",
    "numpy",
    "scikit-learn",
    "openvino",
)
_REPOSITORY = Path(__file__).resolve().parents[2]


@functools.cache
def software_versions() -> dict[str, str]:
    """The version of each by name: python, mammo, the installed libraries and, if any, the image.

    In a container image, `MAMMO_REVISION` and `MAMMO_IMAGE_DIGEST` say its code and its digest.
    """
    found = {"python": platform.python_version(), "mammo": _revision()}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if digest := os.environ.get("MAMMO_IMAGE_DIGEST"):
        found["image"] = digest
    return found


def _revision() -> str:
    """The git commit, with -dirty where files differ; without git, the package's version."""
    if revision := os.environ.get("MAMMO_REVISION"):
        return revision
    if not (_REPOSITORY / ".git").exists():
        return importlib.metadata.version("mammo")
    command = ["git", "-C", str(_REPOSITORY), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return importlib.metadata.version("mammo")
    return done.stdout.strip()
