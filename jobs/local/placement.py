"""Where a study's steps run on this machine, and how many of them at once."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from jobs.common import resources
from jobs.config.study import Study, load_study
from jobs.local.manifests.pod import Step

# Live training of a frozen base, measured up to mixed10: 3.6 GiB with batches of 32 views of
# 299 x 299, 5.2 GiB with 600 x 500.
_LIVE_MEMORY = 13 * 2**28
_LIVE_MEMORY_PER_PIXEL = 256  # of a batch of views


class Execution(Enum):
    """Where a step runs."""

    IN_PROCESS = "in the study's own process: it needs nothing that is slow to import"
    EXCLUSIVE = "in a process that has all threads: it keeps all cores busy"
    CONCURRENT = "in a process beside others, which share the threads"


@dataclass(frozen=True)
class Placement:
    """Where a step runs, and how many bytes of memory its process needs.

    By default, those of libraries, a batch, and its share of mapped files.
    """

    execution: Execution
    memory: int = 2 * 2**30


Place = Callable[[Step], Placement]


def place(step: Step) -> Placement:
    """Where a step runs: in another process if it needs TensorFlow, or what comes with it.

    Exclusively if it keeps all cores busy, as two that embed would take as long together and twice
    the memory. So does training of a base, or of parts of it: its result depends on the number of
    threads, in float32's last digits. Live training of a frozen base does not; several such
    trainings share the reduced images in memory.
    """
    match step.options.command:
        case "weights" | "engine" | "embed":
            return Placement(Execution.EXCLUSIVE)
        case "train":
            return _place_training(load_study(step.options.config, step.options.overrides))
        case "evaluate":
            return Placement(Execution.CONCURRENT)
    return Placement(Execution.IN_PROCESS)


def _place_training(study: Study) -> Placement:
    if study.train.unfreeze_from != "none" or study.model.from_scratch:
        return Placement(Execution.EXCLUSIVE)
    if study.train.live:
        pixels = study.train.batch * math.prod(study.views.size)
        memory = _LIVE_MEMORY + _LIVE_MEMORY_PER_PIXEL * pixels
        return Placement(Execution.CONCURRENT, memory)
    return Placement(Execution.CONCURRENT)


def processes_for(steps: Sequence[Step], placements: Collection[Placement]) -> int:
    """How many processes run a stage's steps, of which some are left, with these placements.

    The number follows from all steps, not from those left: each has as many threads as in an
    unbroken study.
    """
    if all(each.execution is Execution.CONCURRENT for each in placements):
        return count_at_once(steps, max(each.memory for each in placements))
    return 1


def count_at_once(steps: Sequence[Step], memory: int) -> int:
    """How many of a stage's steps, each of which needs so many bytes, run at once here.

    As many as their Jobs' parallelism allows, and as this machine has cores and memory for. Where
    there is a GPU, one: TensorFlow uses all of them for each.
    """
    if resources.gpu_count():
        return 1
    allowed = sum({step.job: step.parallelism for step in steps}.values())
    fitting = resources.memory_available() // memory
    return max(1, min(len(steps), allowed, resources.thread_count(), fitting))
