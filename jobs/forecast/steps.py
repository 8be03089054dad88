"""How long each step of a study is likely to take, and how many of them run at once."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from jobs.artifacts.layout import Root
from jobs.common import resources
from jobs.common.step_table import Row
from jobs.config.names import ALL, fold_name
from jobs.config.study import Study
from jobs.forecast import speed
from jobs.forecast.extent import Extent
from jobs.local.manifests.pod import Step
from jobs.local.placement import Execution, place, processes_for


@dataclass(frozen=True)
class Forecast:
    """What is known of a step beforehand; see `Row`."""

    work: float = 1.0
    expected: float | None = None
    at_once: int = 1

    def note(self, row: Row) -> None:
        """Has a row tell by it what is left."""
        row.work, row.expected, row.at_once = self.work, self.expected, self.at_once


def forecast(steps: Sequence[Step], root: Root, study: Study, extent: Extent) -> list[Forecast]:
    """One for each step; steps of one stage stand together."""
    speeds = speed.Speeds(root, extent)
    found = []
    for _, group in itertools.groupby(steps, lambda step: step.options.command):
        stage = list(group)
        placements = [place(step) for step in stage]
        at_once = processes_for(stage, placements)
        machine = speed.Machine(
            max(1, resources.thread_count() // at_once), resources.gpu_count() > 0
        )
        exclusive = any(each.execution is Execution.EXCLUSIVE for each in placements)
        for number, step in enumerate(stage):
            task = _task(step, study, extent, machine)
            if step.options.command == "embed" and exclusive and number:
                found.append(Forecast(0.0, 0.0))  # the first one makes all
            elif task is None:
                found.append(Forecast())
            else:
                found.append(Forecast(task.work, speeds.seconds(task), at_once))
    return found


def _task(step: Step, study: Study, extent: Extent, machine: speed.Machine) -> speed.Task | None:
    """What a step does; None where its time follows from nothing that is known beforehand."""
    match step.options.command:
        case "embed":
            return speed.embedding(study, extent, machine)
        case "train":
            model = ALL if step.options.all else fold_name(step.options.fold)
            return speed.training(study, extent, model, machine)
        case "engine":
            return speed.engine(study, machine)
        case "evaluate":
            return speed.evaluation(study)
        case "report":
            return speed.report()
    return None
