"""What all benchmarks share: clocks, medians, the machine they ran on, a release to run on."""

import contextlib
import platform
import resource
import statistics
import sys
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
    """What something took, in seconds: on the wall, and user plus system of all its threads."""

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
    found, wall, cpu = Clock(), time.perf_counter(), _cpu()
    yield found
    found.time = Time(time.perf_counter() - wall, _cpu() - cpu)


def timed(call: Callable[[], object]) -> Time:
    """What one call takes."""
    with clock() as found:
        call()
    return found.time


def interleaved(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Time]:
    """The median times of some calls, which take turns, so that all meet the same noise."""
    for call in calls.values():  # what is made at a first call is made now
        call()
    taken: dict[str, list[Time]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(timed(call))
    return {name: median(times) for name, times in taken.items()}


def median(times: Sequence[Time]) -> Time:
    """The median on the wall, and on the CPU."""
    return Time(
        statistics.median(each.wall for each in times),
        statistics.median(each.cpu for each in times),
    )


def prepared(root: Path, config: Path, patients: int, size: tuple[int, int]) -> None:
    """A dataset of a synthetic release, and the weights, under `root`; again, what is missing."""
    release = root / "phantom"
    if not release.exists():
        phantom.run(
            Namespace(out=release, seed=20, patients=patients, size=size, sheet=None), silent
        )
    with contextlib.redirect_stdout(sys.stderr):
        cli.call(prepare, Namespace(release=release, root=root, config=config, strict=True), silent)
        cli.call(weights, Namespace(root=root, config=config, url=""), silent)


@contextlib.contextmanager
def workplace(given: Path | None) -> Iterator[Path]:
    """The folder to work in: the given one, which stays, or a temporary one."""
    if given:
        given.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def say_machine() -> None:
    """Prints processor, cores and versions, without which a time says nothing."""
    versions = ", ".join(f"{name} {version}" for name, version in software_versions().items())
    print(f"{_processor()}, {resources.thread_count()} threads; {versions}")


def say(name: str, time: Time, unit: str = "") -> None:
    """Prints a time in milliseconds."""
    print(f"{name:44} {1e3 * time.wall:11,.1f} ms wall {1e3 * time.cpu:11,.1f} ms CPU {unit}")


def say_ratio(name: str, over: Time, under: Time, asked: str) -> None:
    """Prints how many times the one is of the other, and what is asked for."""
    wall, cpu = over.wall / under.wall, over.cpu / under.cpu
    print(f"{name:44} {wall:11.3f} wall    {cpu:11.3f} CPU      asked: {asked}")


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(": ")[2] for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
