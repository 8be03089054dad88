"""`mammo embed` with more images and more workers: the time of a view, and the peak of memory.

    python -m tests.benchmarks.growth [--patients 12] [--rounds 3]

Releases of so many patients, and of two and four times as many, with images of one size and four
views each: only the number of images grows. Each run is a new process without features; its time
is from its first view to its last, so imports, which do not grow, are not counted. Two workers are
two processes on two cores, each with one thread; they are compared with one that has one thread.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import prepare_root, print_machine, work_folder

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
steps = []
def watch(what, done, total):
    used = resource.getrusage(resource.RUSAGE_SELF)
    steps.append((done, time.time(), used.ru_utime + used.ru_stime))
options = Namespace(
    root=root, config=root / "study.yaml", overrides=[], worker=worker, workers=workers
)
cli.call(embed, options, watch)
first = steps[1] if len(steps) > 1 else steps[0]
last = [one for one in steps if one[0] > first[0]] or [first]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"first": first, "last": last[-1], "total": steps[-1][0], "peak": peak * 1024}))
"""
STUDY = """
views: {healthy: 4, sick: 4}
data: {folds: 2}
model: {layer: mixed3}
"""


@dataclass(frozen=True)
class Growth:
    """One run: the milliseconds of a view, by the clock and of CPU time, and the peak in MB."""

    wall: float
    cpu: float
    peak: float


def main() -> None:
    """Prints the times and peaks, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print_machine()
    with work_folder(None) as folder:
        roots = {}
        for times in (1, 2, 4):
            roots[times] = folder / str(times)
            roots[times].mkdir()
            (roots[times] / "study.yaml").write_text(STUDY)
            prepare_root(
                roots[times], roots[times] / "study.yaml", options.patients * times, (1024, 832)
            )
        runs: dict[str, list[Growth]] = {}
        for _ in range(options.rounds):
            for times, root in roots.items():
                runs.setdefault(f"images x{times}, 1 worker", []).append(embed(root, 1))
            runs.setdefault("images x4, 2 workers", []).append(embed(roots[4], 2))
    print_runs(runs)


def embed(root: Path, workers: int) -> Growth:
    """Makes all features by so many workers, each with one thread."""
    shutil.rmtree(root / "features", ignore_errors=True)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RUN, str(root), str(worker), str(workers)],
            stdout=subprocess.PIPE,
        )
        for worker in range(workers)
    ]
    results = [json.loads(process.communicate()[0]) for process in processes]
    views = results[0]["total"] - sum(one["first"][0] for one in results)  # all workers' together
    wall = max(one["last"][1] for one in results) - min(one["first"][1] for one in results)
    cpu = sum(one["last"][2] - one["first"][2] for one in results)
    peak = max(one["peak"] for one in results)
    return Growth(1e3 * wall / views, 1e3 * cpu / views, peak / 1e6)


def print_runs(runs: dict[str, list[Growth]]) -> None:
    """Prints medians, and their ratios to the first."""
    first: Growth | None = None
    for name, results in runs.items():
        median = Growth(
            *(
                statistics.median(getattr(one, field) for one in results)
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
