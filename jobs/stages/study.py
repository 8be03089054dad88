"""k8s/ -> a whole study. Runs the Jobs of the manifests here, one stage after another.

Each Job's command, arguments, variables, ConfigMap, volumes, completions and parallelism count
here, too; limits, failure policies, security and affinity are left to Kubernetes.
"""

import argparse
import dataclasses
import importlib
import itertools
import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from jobs.artifacts.layout import METRICS, Root
from jobs.artifacts.plan import Result, settled
from jobs.artifacts.run import open_run
from jobs.common.arguments import add_overrides, run_name
from jobs.common.errors import ConfigError, DataError, UsageError
from jobs.common.progress import Watch, silent
from jobs.common.resources import set_environment
from jobs.common.step_table import StepTable
from jobs.config.study import Study, load_study
from jobs.local.manifests.job import steps_of
from jobs.local.manifests.pod import Step
from jobs.local.manifests.references import LocalInputs
from jobs.local.manifests.render import default_folder, load_manifests
from jobs.local.manifests.unsupported import Notes
from jobs.local.runner import Execution, Placement, Runner
from jobs.stages import COMMANDS, call, parse

# Live training of a frozen base, measured up to mixed10: 3.6 GiB with batches of 32 views of
# 299 x 299, 5.2 GiB with 600 x 500.
_LIVE_MEMORY = 13 * 2**28
_LIVE_MEMORY_PER_PIXEL = 256  # of a batch of views
_PRELOAD = "jobs.training.preload"
_PHANTOM = ("--patients", "48")  # fewer than INbreast's 108: a first try takes minutes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo study`."""
    parser.add_argument(
        "--release",
        type=Path,
        metavar="DIR",
        help="the INbreast release (default: a synthetic one of 48 patients, made in ROOT/phantom)",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("study-root"),
        metavar="DIR",
        help="where all artifacts live (default: %(default)s)",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="STUDY_YAML",
        help="what the study is (default: study.yaml of the manifests' ConfigMap)",
    )
    add_overrides(parser)
    parser.add_argument(
        "--run",
        type=run_name,
        metavar="NAME",
        help="the run's name: ROOT/runs/NAME (default: that of the manifests' ConfigMap)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--overlay",
        type=_name,
        metavar="NAME",
        help="a folder of the overlays/ beside k8s/; needs kubectl or kustomize (default: none)",
    )
    which.add_argument(
        "--manifests",
        type=Path,
        metavar="DIR",
        help="a folder with a kustomization.yaml, which may need kubectl or kustomize (default: "
        "the k8s/ that mammo comes with)",
    )


def _name(text: str) -> str:
    if not text or "/" in text or text.startswith("."):
        raise argparse.ArgumentTypeError(
            f"must be a name in overlays/, such as cpu-smoke; got {text!r}: --manifests takes a "
            "folder"
        )
    return text


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Does what is missing of the study, and prints its figures.

    It shows all of its steps itself: `watch` shows one stage, and is not used.

    Raises:
        ConfigError: a manifest cannot run on this machine.
        MissingInputError: no Job makes what another one needs.
        Exception: whatever a stage raises.
    """
    from jobs.common.terminal import show_steps

    folder = options.manifests or default_folder(options.overlay)
    steps, notes = read_steps(options, folder)
    table = StepTable((step.name, step.options.command) for step in steps)
    heading = [f"{len(steps)} steps of {folder}, into {options.root}", *notes.always]
    with (
        show_steps(table, heading, options.root / "study.log"),
        Runner(table, ask, perform, place, _PRELOAD) as runner,
    ):
        # Steps of one stage may run at once: none reads what another writes.
        for _, group in itertools.groupby(steps, lambda step: step.options.command):
            runner.run(list(group))
    _print_results([step.options for step in steps])


def read_steps(options: argparse.Namespace, folder: Path) -> tuple[list[Step], Notes]:
    """The steps of a folder's Jobs in the stages' order, and notes on what differs from a cluster.

    Raises:
        ConfigError: a manifest, or a command line in it, cannot run on this machine.
        DataError: there is no release at --release.
        UsageError: --release is given, and the manifests make one.
    """
    if options.release and not options.release.is_dir():
        raise DataError(f"--release must be a folder with AllDICOMs; got {options.release}")
    release = options.release or options.root / "phantom"
    local = LocalInputs(
        claims={"release": release, "root": options.root},
        folder=options.root / "config",
        study=options.config,
        run=options.run,
        overrides=options.overrides,
    )
    steps, notes = steps_of(load_manifests(folder), local)
    if not steps:
        raise ConfigError(
            f"{folder} has no Job that runs a command of mammo; give a folder of manifests"
        )
    makers = [step for step in steps if step.arguments[0] == "phantom"]
    if makers and options.release:
        raise UsageError(
            f"--release must not be given: {makers[0].where} makes a release of its own, and would "
            "write it into yours"
        )
    if not makers and options.release is None:
        steps.insert(0, Step("phantom", None, ("phantom", str(release), *_PHANTOM)))
    return _in_order(steps), notes


def _in_order(steps: Sequence[Step]) -> list[Step]:
    """The steps with their options, in the order of the stages: manifests may have any.

    Raises:
        ConfigError: the command line of one is wrong; names its place.
    """
    found = []
    for step in steps:
        try:
            options, _ = parse(step.arguments)
        except UsageError as error:
            raise ConfigError(f"{step.where}: args of {step.job}: {error}") from error
        del options.stage  # a module, which cannot be sent to another process
        found.append(dataclasses.replace(step, options=options))
    order = list(COMMANDS)
    return sorted(found, key=lambda step: order.index(step.options.command))


def ask(step: Step) -> Result | None:
    """What has come of a step already; None where it has something to make.

    Raises:
        Exception: whatever the stage raises as it plans.
    """
    with set_environment(step.environment):
        return settled(_stage(step).plan(step.options, silent))


def perform(step: Step, watch: Watch) -> Result:
    """Calls the stage with the step's variables.

    Raises:
        Exception: whatever the stage raises.
    """
    with set_environment(step.environment):
        return call(_stage(step), step.options, watch)[-1]


def _stage(step: Step) -> ModuleType:
    return importlib.import_module(f"jobs.stages.{step.options.command}")


def place(step: Step) -> Placement:
    """Where a step runs: in another process if it needs TensorFlow, or what comes with it.

    Exclusively if it keeps all cores busy, as two that embed would take as long together and twice
    the memory. So does training that unfreezes the base: its result depends on the number of
    threads, in float32's last digits. Live training of a frozen base does not; several such
    trainings share the reduced images in memory.
    """
    match step.options.command:
        case "weights" | "engine" | "embed":
            return Placement(Execution.EXCLUSIVE)
        case "train":
            return _place_training(load_study(step.options.config))
        case "evaluate":
            return Placement(Execution.CONCURRENT)
    return Placement(Execution.IN_PROCESS)


def _place_training(study: Study) -> Placement:
    if study.train.unfreeze_from != "none":
        return Placement(Execution.EXCLUSIVE)
    if study.train.live:
        pixels = study.train.batch * math.prod(study.views.size)
        memory = _LIVE_MEMORY + _LIVE_MEMORY_PER_PIXEL * pixels
        return Placement(Execution.CONCURRENT, memory)
    return Placement(Execution.CONCURRENT)


def _print_results(calls: Sequence[argparse.Namespace]) -> None:
    """Prints the figures, and where the report is, on stdout."""
    from jobs.evaluation.summary import auc_table, results_console

    console = results_console()
    for options in calls:
        if options.command == "evaluate":
            opened = open_run(options.root, options.run)
            metrics = (opened.folder.evaluation.folder / METRICS).read_text(encoding="utf-8")
            console.print("", auc_table(json.loads(metrics)), "")
            if opened.study.model.weights == "random":
                console.print(
                    "The weights are random (model.weights): the figures show that the study runs, "
                    "not what Inception V3 sees."
                )
        if options.command == "report":
            page = Root(options.root).run(options.run).report
            console.print(f"report: {page}", soft_wrap=True)
