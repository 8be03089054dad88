"""`mammo embed` as images and workers grow: the time of an image, and the peak of memory.

    python -m tests.benchmarks.growth [--patients 12] [--rounds 3]

Releases of so many patients, twice and four times as many, of images of one size, with four views
each: what grows is the number of images alone. Each run is a new process from no features; the
time counts from its first view to its last, so that the imports, which do not grow, are no part of
it. Two workers are two processes on two cores, each with one thread, against one with one thread.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import prepared, say_machine, workplace

RUN = """
import json, os, resource, sys, time
os.sched_setaffinity(0, {int(sys.argv[2])})
from argparse import Namespace
from pathlib import Path
from jobs import cli
from jobs.stages import embed
from jobs.common import resources
resources.keep_freed_memory()
root, worker, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
told = []
def watch(what, done, total):
    used = resource.getrusage(resource.RUSAGE_SELF)
    told.append((done, time.time(), used.ru_utime + used.ru_stime))
options = Namespace(root=root, config=root / "study.yaml", worker=worker, workers=workers)
cli.call(embed, options, watch)
warm = told[1] if len(told) > 1 else told[0]
last = [one for one in told if one[0] > warm[0]] or [warm]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"warm": warm, "last": last[-1], "total": told[-1][0], "peak": peak * 1024}))
"""
STUDY = """
views: {healthy: 4, sick: 4}
data: {folds: 2}
model: {layer: mixed3}
"""


@dataclass(frozen=True)
class Growth:
    """One run: the milliseconds of a view, on the wall and on the CPU, and the peak in MB."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """Prints the times and peaks, and how far apart they are."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    say_machine()
    with workplace(None) as folder:
        roots = {}
        for times in (1, 2, 4):
            roots[times] = folder / str(times)
            roots[times].mkdir()
            (roots[times] / "study.yaml").write_text(STUDY)
            prepared(
                roots[times], roots[times] / "study.yaml", options.patients * times, (1024, 832)
            )
        runs: dict[str, list[Growth]] = {}
        for _ in range(options.rounds):
            for times, root in roots.items():
                runs.setdefault(f"images x{times}, 1 worker", []).append(embed(root, 1))
            runs.setdefault("images x4, 2 workers", []).append(embed(roots[4], 2))
    say(runs)


def embed(root: Path, workers: int) -> Growth:
    """Features from nothing by so many workers, each with one thread."""
    shutil.rmtree(root / "features", ignore_errors=True)
    begun = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(root), str(worker), str(workers)],
            stdout=subprocess.PIPE,
        )
        for worker in range(workers)
    ]
    told = [json.loads(process.communicate()[0]) for process in begun]
    views = told[0]["total"] - sum(one["warm"][0] for one in told)  # all workers' together
    wall = max(one["last"][1] for one in told) - min(one["warm"][1] for one in told)
    cpu = sum(one["last"][2] - one["warm"][2] for one in told)
    peak = max(one["peak"] for one in told)
    return Growth(1e3 * wall / views, 1e3 * cpu / views, peak / 1e6)


def say(runs: dict[str, list[Growth]]) -> None:
    """Prints medians, and each over the first."""
    first: Growth | None = None
    for name, found in runs.items():
        median = Growth(
            *(
                statistics.median(getattr(one, field) for one in found)
                for field in ("wall", "cpu", "peak")
            )
        )
        first = first or median
        print(
            f"{name:24} {median.wall:8.1f} ms wall {median.cpu:8.1f} ms CPU a view, "
            f"{median.peak:7.0f} MB; over the first {median.wall / first.wall:.3f}, "
            f"{median.cpu / first.cpu:.3f}, {median.peak / first.peak:.3f}"
        )
    print("6. asked: CPU of a view within 5 %, memory flat; two workers: half the wall time")


if __name__ == "__main__":
    main()
