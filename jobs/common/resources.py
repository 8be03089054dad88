"""The threads, memory and processor time that this process may use, and has used."""

import contextlib
import ctypes
import functools
import os
import re
import resource
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
_MALLOC = (  # mallopt(3): parameter in malloc.h, variable that a new process reads, bytes
    (-3, "MALLOC_MMAP_THRESHOLD_", 32 * 2**20),  # the most that it takes
    (-1, "MALLOC_TRIM_THRESHOLD_", 128 * 2**20),
)
_most_threads: int | None = None
_CLEAR = Path("/proc/self/clear_refs")


@functools.cache
def thread_count(cgroup: Path = _CGROUP) -> int:
    """Cores that this process may use: its affinity, and its cgroup's CPU quota, rounded up.

    `os.cpu_count()` ignores a quota and says the node's cores. Reads cgroup v1 and v2.
    """
    cores = len(os.sched_getaffinity(0))
    quota = _cgroup_quota(cgroup)
    allowed = cores if quota is None else max(1, min(cores, -(-quota[0] // quota[1])))
    return min(allowed, _most_threads or allowed)


def limit_threads(most: int) -> None:
    """Has this process use fewer threads than it may, because others share the machine with it."""
    global _most_threads
    _most_threads = most
    thread_count.cache_clear()


def gpu_count(devices: Path = _DEVICES) -> int:
    """How many NVIDIA GPUs this process is given: a container sees the devices of its own alone."""
    return len(list(devices.glob("nvidia[0-9]*")))


@dataclass(frozen=True)
class MemoryWatch:
    """The largest resident set since this was made.

    Attributes:
        children: the largest of a child before that, in bytes.
    """

    children: int

    def peak(self) -> int:
        """In bytes: this process's, or that of a finished child if it is larger.

        The system keeps only the largest of all children: one below an earlier child is not seen.
        """
        child = _largest(resource.RUSAGE_CHILDREN)
        return max(_own_peak(), child if child > self.children else 0)


def watch_memory() -> MemoryWatch:
    """Resets this process's peak; where the system forbids that, it is the peak since its start."""
    with contextlib.suppress(OSError):
        _CLEAR.write_text("5")  # proc(5): VmHWM becomes what is resident now
    return MemoryWatch(_largest(resource.RUSAGE_CHILDREN))


@dataclass(frozen=True)
class Effort:
    """What a piece of work has taken since this was made: seconds, and memory."""

    memory: MemoryWatch
    started: float

    @property
    def seconds(self) -> float:
        """Wall-clock time so far."""
        return time.monotonic() - self.started


def watch_effort() -> Effort:
    """Starts the clock and resets the peak; see `watch_memory`."""
    return Effort(watch_memory(), time.monotonic())


def memory_left(cgroup: Path = _CGROUP) -> int | None:
    """Bytes that the cgroup's limit (v1 or v2) still leaves; None where there is no limit.

    Files in a tmpfs count against it: a process that fills one beyond the limit is killed, however
    much room statvfs says is left.
    """
    for folder, limit, usage, inactive in _MEMORY_FILES:
        with contextlib.suppress(OSError, ValueError):  # v2 says "max" where there is no limit
            most = int((cgroup / folder / limit).read_text())
            used = int((cgroup / folder / usage).read_text())
            lines = (cgroup / folder / "memory.stat").read_text().splitlines()
            # Pages of files that were not read lately: the kernel drops them first.
            dropped = int(dict(line.split() for line in lines).get(inactive, 0))
            return max(0, most - used + dropped)
    return None


def memory_available() -> int:
    """Bytes that new processes may take before any process is killed or swapped out."""
    text = Path("/proc/meminfo").read_text()  # proc(5): MemAvailable, in kB
    (available,) = (int(line.split()[1]) for line in text.splitlines() if "MemAvailable" in line)
    left = memory_left()
    return available * 1024 if left is None else min(available * 1024, left)


def keep_freed_memory() -> None:
    """Has this process, and those that it starts, reuse the memory of freed arrays.

    By default malloc returns an image's 17 MB to the system, and the next image gets new pages,
    which the kernel zeroes one by one: half of the time that decoding and reducing it takes.
    """
    libc = ctypes.CDLL(None)
    for number, variable, size in _MALLOC:
        libc.mallopt(number, size)
        os.environ.setdefault(variable, str(size))


@contextlib.contextmanager
def set_environment(values: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables of this process until the context is left."""
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
    """Processor time of this process so far: all threads, user and system mode."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _own_peak() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else _largest(resource.RUSAGE_SELF)


def _largest(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * 1024


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
