"""Disks that are too small for what is written to them."""

import shutil
import subprocess
from pathlib import Path


def small_volume(folder: Path, size: str = "100k") -> list[str] | None:
    """What must precede a command so that to it `folder` is a volume of `size`.

    None where this user, in a namespace of its own, cannot mount one.
    """
    mount = f"mount -t tmpfs -o size={size} tmpfs '{folder}'"
    unshared = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.call(
        [*unshared, mount], stderr=subprocess.DEVNULL
    ):
        return None
    return [*unshared, f'{mount} && exec "$@"', "sh"]
