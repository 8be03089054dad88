"""What this process runs on: threads, memory, versions, the code's revision."""

import contextlib
import ctypes
import functools
import importlib.metadata
import os
import platform
import re
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")
_DEVICES = Path("/dev")
_MEMORY_FILES = (
    (".", "memory.max", "memory.current", "inactive_file"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
_KEPT = (  # mallopt(3): the numbers of malloc.h, and the variables that a new process reads
    (-3, "MALLOC_MMAP_THRESHOLD_", 32 * 2**20),  # the most that it takes
    (-1, "MALLOC_TRIM_THRESHOLD_", 128 * 2**20),
)
_most_threads: int | None = None
_CLEAR = Path("/proc/self/clear_refs")
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


@functools.cache
def thread_count(cgroup: Path = _CGROUP) -> int:
    """Cores that this process may use: affinity, and the cgroup's CPU quota rounded up.

    Under a quota `os.cpu_count()` still says the node's cores (cgroup v1 and v2 alike).
    """
    cores = len(os.sched_getaffinity(0))
    quota = _cgroup_quota(cgroup)
    allowed = cores if quota is None else max(1, min(cores, -(-quota[0] // quota[1])))
    return min(allowed, _most_threads or allowed)


def limit_threads(most: int) -> None:
    """Has this process use fewer threads than it may: others share the machine with it."""
    global _most_threads
    _most_threads = most
    thread_count.cache_clear()


def gpu_count(devices: Path = _DEVICES) -> int:
    """How many NVIDIA GPUs this process is given: a container sees the devices of its own alone."""
    return len(list(devices.glob("nvidia[0-9]*")))


@dataclass(frozen=True)
class MemoryWatch:
    """Sees the largest resident set since it was made; `children`: the largest of those before."""

    children: int

    def peak(self) -> int:
        """In bytes: this process's, or if larger a finished child's.

        The system keeps the children's largest alone: one below an earlier child is not seen.
        """
        child = _largest(resource.RUSAGE_CHILDREN)
        return max(_own_peak(), child if child > self.children else 0)


def watch_memory() -> MemoryWatch:
    """Starts this process's peak anew; where the system forbids that, it is of all its time."""
    with contextlib.suppress(OSError):
        _CLEAR.write_text("5")  # proc(5): VmHWM becomes what is resident now
    return MemoryWatch(_largest(resource.RUSAGE_CHILDREN))


@dataclass(frozen=True)
class Effort:
    """What something takes from when this was made on: seconds, and memory."""

    memory: MemoryWatch
    started: float

    @property
    def seconds(self) -> float:
        """By the clock, so far."""
        return time.monotonic() - self.started


def watch_effort() -> Effort:
    """Starts to watch; see `watch_memory`."""
    return Effort(watch_memory(), time.monotonic())


def memory_left(cgroup: Path = _CGROUP) -> int | None:
    """Bytes that the cgroup's limit still leaves (v1 and v2 alike); None where there is no limit.

    Files in a tmpfs count against it: whoever fills one beyond it is killed, whatever statvfs says.
    """
    for folder, limit, usage, idle in _MEMORY_FILES:
        with contextlib.suppress(OSError, ValueError):  # v2 says "max" where there is no limit
            most = int((cgroup / folder / limit).read_text())
            used = int((cgroup / folder / usage).read_text())
            lines = (cgroup / folder / "memory.stat").read_text().splitlines()
            # What was read from files and not lately: the kernel gives it up first.
            dropped = int(dict(line.split() for line in lines).get(idle, 0))
            return max(0, most - used + dropped)
    return None


def memory_available() -> int:
    """Bytes that new processes may take without others being killed or swapped out."""
    text = Path("/proc/meminfo").read_text()  # proc(5): MemAvailable, in kB
    (available,) = (int(line.split()[1]) for line in text.splitlines() if "MemAvailable" in line)
    left = memory_left()
    return available * 1024 if left is None else min(available * 1024, left)


def keep_freed_memory() -> None:
    """Has this process, and those that it starts, keep what is freed for the next array.

    As it is, malloc gives an image's 17 MB back to the system, and the next one's come as new pages
    that the kernel zeroes one by one: half of the time that decoding and reducing it take.
    """
    libc = ctypes.CDLL(None)
    for number, variable, size in _KEPT:
        libc.mallopt(number, size)
        os.environ.setdefault(variable, str(size))


@contextlib.contextmanager
def variables(values: Mapping[str, str]) -> Iterator[None]:
    """Sets variables of this process for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def cpu_seconds() -> float:
    """The processor time of this process so far, its threads' together, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@functools.cache
def versions() -> dict[str, str]:
    """Python's, the libraries', the code's revision and, in an image, its digest."""
    found = {"python": platform.python_version(), "mammo": _revision()}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    if digest := os.environ.get("MAMMO_IMAGE_DIGEST"):
        found["image"] = digest
    return found


def _own_peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else _largest(resource.RUSAGE_SELF)


def _largest(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * 1024


def _revision() -> str:
    """The git commit, with -dirty where files differ; in an image MAMMO_REVISION says it."""
    if revision := os.environ.get("MAMMO_REVISION"):
        return revision
    repository = Path(__file__).resolve().parents[2]
    if not (repository / ".git").exists():
        return importlib.metadata.version("mammo")
    command = ["git", "-C", str(repository), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return importlib.metadata.version("mammo")
    return done.stdout.strip()


def _cgroup_quota(folder: Path) -> tuple[int, int] | None:
    """(quota, period) in microseconds from cgroup v2's or v1's files; None without a limit."""
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            quota = (folder / "cpu/cpu.cfs_quota_us").read_text().strip()
            period = (folder / "cpu/cpu.cfs_period_us").read_text().strip()
        except OSError:
            return None
    return None if quota in ("max", "-1") else (int(quota), int(period))
