"""What all benchmarks share: clocks, medians, the machine's description, a synthetic release."""

import contextlib
import platform
import resource
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs import cli
from jobs.common import resources
from jobs.common.progress import silent
from jobs.common.versions import software_versions
from jobs.stages import phantom, prepare, weights


@dataclass(frozen=True)
class Time:
    """Seconds that something took: by the clock, and user plus system time of all threads."""

    wall: float
    cpu: float

    def each(self, count: int) -> "Time":
        """The time of one of `count`."""
        return Time(self.wall / count, self.cpu / count)


@dataclass
class Clock:
    """The time between its start and its end, children that have ended included."""

    time: Time = Time(0.0, 0.0)


@contextlib.contextmanager
def clock() -> Iterator[Clock]:
    """Times its block."""
    running, wall, cpu = Clock(), time.perf_counter(), _cpu()
    yield running
    running.time = Time(time.perf_counter() - wall, _cpu() - cpu)


def measure(call: Callable[[], object]) -> Time:
    """The time of one call."""
    with clock() as running:
        call()
    return running.time


def measure_in_turns(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Time]:
    """The median times of some calls, which take turns, so that noise falls on all alike."""
    for call in calls.values():  # a first call is slower, and is not counted
        call()
    times: dict[str, list[Time]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            times[name].append(measure(call))
    return {name: median(each) for name, each in times.items()}


def median(times: Sequence[Time]) -> Time:
    """The medians of the wall time and of the CPU time."""
    return Time(
        statistics.median(each.wall for each in times),
        statistics.median(each.cpu for each in times),
    )


def prepare_root(root: Path, config: Path, patients: int, size: tuple[int, int]) -> None:
    """Makes what is missing under `root`: a synthetic release, its dataset, random weights."""
    release = root / "phantom"
    make_phantom(release, patients, size)
    given = {"root": root, "config": config, "overrides": []}
    cli.call(prepare, Namespace(release=release, strict=True, **given), silent)
    cli.call(weights, Namespace(url="", **given), silent)


def make_phantom(release: Path, patients: int, size: tuple[int, int]) -> None:
    """Makes a synthetic release."""
    options = Namespace(out=release, seed=20, patients=patients, size=size, sheet=None)
    cli.call(phantom, options, silent)


@contextlib.contextmanager
def work_folder(folder: Path | None) -> Iterator[Path]:
    """The folder to work in: the given one, which is kept, or a temporary one."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)


def print_machine() -> None:
    """Prints processor, threads and versions, without which a time means nothing."""
    versions = ", ".join(f"{name} {version}" for name, version in software_versions().items())
    print(f"{_processor()}, {resources.thread_count()} threads; {versions}")


def print_time(name: str, time: Time, unit: str = "") -> None:
    """Prints a time in milliseconds."""
    print(f"{name:44} {1e3 * time.wall:11,.1f} ms wall {1e3 * time.cpu:11,.1f} ms CPU {unit}")


def print_ratio(name: str, over: Time, under: Time, asked: str) -> None:
    """Prints how many times `over` is as long as `under`, and the target."""
    wall, cpu = over.wall / under.wall, over.cpu / under.cpu
    print(f"{name:44} {wall:11.3f} wall    {cpu:11.3f} CPU      asked: {asked}")


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
