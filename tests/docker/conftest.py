"""The image, built on a base that is made here, and a way to run it as a cluster would."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASE = "localhost/mammo-test-base:bookworm"
IMAGE = "localhost/mammo-test:cpu"
REVISION = "0123456789abcdef0123456789abcdef01234567"
SOURCES = Path("/etc/apt/sources.list.d/debian.sources")
USER = 10001
_LIMIT = 4096

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Debian 12 with Python 3.11, or the image that MAMMO_TEST_BASE names."""
    if named := os.environ.get("MAMMO_TEST_BASE"):
        return named
    for tool in ("podman", "mmdebstrap"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    if subprocess.run(["podman", "image", "exists", BASE], check=False).returncode == 0:
        return BASE
    archive = tmp_path_factory.mktemp("base") / "base.tar"
    include = "--include=python3,python3-venv,ca-certificates"
    sources = [SOURCES] if SOURCES.exists() else []
    command = ["mmdebstrap", "--variant=minbase", include, "bookworm", archive, *sources]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"mmdebstrap makes no base here: {made.stderr.splitlines()[-1]}")
    subprocess.run(["podman", "import", "--quiet", archive, BASE], check=True)
    return BASE


@pytest.fixture(scope="session")
def image(base: str) -> str:
    """The target cpu."""
    environment = {**os.environ, "BUILDER": "podman", "BASE": base, "REVISION": REVISION}
    # What a step may do on this machine is no matter here.
    command = [ROOT / "docker/build.sh", "cpu", IMAGE, "--isolation", "chroot"]
    subprocess.run(command, check=True, env=environment)
    return IMAGE


@pytest.fixture(scope="session")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root's volume, which the image's user owns."""
    folder = tmp_path_factory.mktemp("volume")
    os.chown(folder, USER, USER)
    return folder


@pytest.fixture(scope="session")
def run(image: str, volume: Path) -> Run:
    """Runs the image: no network, no rights, and nothing to write to but /tmp and the volume."""
    # Within this process's own, which podman's defaults may be above.
    limits = dict.fromkeys(("nofile", "nproc"), _LIMIT)
    for name in limits:
        _, hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name.upper()}"))
        limits[name] = _LIMIT if hard == resource.RLIM_INFINITY else min(hard, _LIMIT)

    def call(*arguments: str, entrypoint: str = "mammo") -> subprocess.CompletedProcess[str]:
        command = ["podman", "run", "--rm", "--network=none", "--cap-drop=ALL"]
        command += ["--security-opt=no-new-privileges", "--read-only", "--read-only-tmpfs=false"]
        command += [f"--ulimit={name}={limit}:{limit}" for name, limit in limits.items()]
        command += ["--tmpfs=/tmp:mode=1777", f"--volume={volume}:/mammo/root"]
        command += [f"--entrypoint={entrypoint}", image, *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done

    return call
