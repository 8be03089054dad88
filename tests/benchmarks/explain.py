"""Seconds an image and peak memory of each method of `mammo explain`, on a trained run.

    python -m tests.benchmarks.explain ROOT/runs/RUN [--model fold0] [--images 2]

The methods run one after another, in one process, on the same views, which are made before. A first
image, which traces and fills caches, is not counted. Peak memory is that of the process while the
method ran: it includes TensorFlow, the network and the views, which the first line has alone.
"""

import argparse
import re
from pathlib import Path

from jobs.artifacts.run import open_run
from jobs.data.dataset import open_dataset
from jobs.explain.methods import METHODS
from jobs.explain.subjects import choose_images, read_subjects
from jobs.explain.target import ExplainedModel
from jobs.model.trained import load_trained
from tests.benchmarks.measure import Time, measure, print_machine

_IMAGES = 20
_ASKED = 300  # seconds


def main() -> None:
    """Prints a line a method, and what 20 images take by all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="ROOT/runs/RUN")
    parser.add_argument("--model", default="fold0")
    parser.add_argument("--images", type=int, default=2, help="how many are counted")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    options = parser.parse_args()
    run = open_run(options.run.parents[1], options.run.name)
    dataset = open_dataset(options.run.parents[1], run.study)
    images = choose_images(run.study, dataset, (), options.images + 1)
    subjects = list(read_subjects(run.study, dataset, images))
    target = ExplainedModel.of(load_trained(run, options.model), subjects[0].breast)
    targets = [target.at(subject.breast, run.study.head.top) for subject in subjects]
    print_machine()
    sizes = ", ".join("x".join(map(str, subject.view.shape[1:3])) for subject in subjects)
    print(f"views of {sizes}; {peak_memory()} MB before any method")
    total = Time(0.0, 0.0)
    for name in options.methods:
        method = METHODS[name]
        if not method.applies(target):
            continue
        method.explain(targets[0], subjects[0].view)
        reset_peak_memory()

        def explain_all(method=method) -> None:
            for target, subject in zip(targets[1:], subjects[1:], strict=True):
                method.explain(target, subject.view)

        each = measure(explain_all).each(options.images)
        total = Time(total.wall + each.wall, total.cpu + each.cpu)
        print(f"{name:24} {each.wall:8.2f} s wall {each.cpu:8.2f} s CPU {peak_memory():7} MB")
    wall, cpu = _IMAGES * total.wall, _IMAGES * total.cpu
    print(f"{_IMAGES} images, all methods: {wall:.0f} s wall, {cpu:.0f} s CPU; asked: {_ASKED} s")


def reset_peak_memory() -> None:
    """Linux, proc(5): 5 sets the peak to what the process has now."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> int:
    """Of this process since the last reset, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) // 1000


if __name__ == "__main__":
    main()
