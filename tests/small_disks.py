"""Disks that are too small for what is written to them, or not to be written at all."""

import shutil
import subprocess
from pathlib import Path


def small_volume(folder: Path, how: str) -> list[str] | None:
    """What must precede a command so that to it `folder` is an empty volume.

    Args:
        folder: where it is mounted.
        how: mount's options, such as size=100k or ro.

    Returns:
        None where this user, in a namespace of its own, cannot mount one.
    """
    mount = f"mount -t tmpfs -o {how} tmpfs '{folder}'"
    unshared = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.call(
        [*unshared, mount], stderr=subprocess.DEVNULL
    ):
        return None
    return [*unshared, f'{mount} && exec "$@"', "sh"]
