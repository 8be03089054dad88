"""k8s/ -> a whole study. Runs the Jobs of the manifests here, one stage after another.

Each Job's command, arguments, variables, ConfigMap, volumes, completions and parallelism are
carried out; limits, failure policies, security and affinity are left to Kubernetes.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from jobs.artifacts.layout import METRICS, Root
from jobs.artifacts.plan import Outcome, settled
from jobs.artifacts.run import open_run
from jobs.common.arguments import run_name
from jobs.common.errors import ConfigError, DataError, UsageError
from jobs.common.progress import Watch, silent
from jobs.common.resources import set_environment
from jobs.config.study import load_study
from jobs.local.manifests.job import default_folder, groups_of, run_steps, steps_of
from jobs.local.manifests.kustomize import render
from jobs.local.manifests.pod import Step
from jobs.local.manifests.references import Local
from jobs.local.runner import Execution, Runner
from jobs.local.step_table import StepTable

_PHANTOM = ("--patients", "48")  # fewer than INbreast's 108: a first try takes minutes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo study`."""
    parser.add_argument(
        "--release",
        type=Path,
        metavar="DIR",
        help="the INbreast release; without it, a synthetic one is made in ROOT/phantom",
    )
    parser.add_argument(
        "--root",
        type=Path,
        default=Path("study-root"),
        metavar="DIR",
        help="where all artifacts live (study-root)",
    )
    parser.add_argument(
        "--config",
        type=Path,
        metavar="STUDY_YAML",
        help="what the study is; without it, the ConfigMap's study.yaml",
    )
    parser.add_argument(
        "--run",
        type=run_name,
        metavar="NAME",
        help="the run's name: ROOT/runs/NAME; without it, the ConfigMap's",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--overlay", type=_name, metavar="NAME", help="a folder of the overlays/ beside k8s/"
    )
    which.add_argument(
        "--manifests",
        type=Path,
        metavar="DIR",
        help="a folder with a kustomization.yaml; without it, the k8s/ that mammo comes with",
    )


def _name(text: str) -> str:
    if not text or "/" in text or text.startswith("."):
        raise argparse.ArgumentTypeError(
            f"must be a name in overlays/, such as cpu-smoke; got {text!r}: --manifests takes a "
            "folder"
        )
    return text


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Does what is missing of the study, and says what came of it.

    It draws on the terminal itself: `watch` shows one stage, and this has many.

    Raises:
        ConfigError: a manifest cannot be carried out on this machine.
        MissingInputError: no Job makes what another one needs.
        Exception: whatever a stage raises.
    """
    from jobs.local.display import showing

    folder = options.manifests or default_folder(options.overlay)
    steps, notes = plan(options, folder)
    calls = [_parse(step)[0] for step in steps]  # one that is wrong stops it before it starts
    table = StepTable(steps)
    heading = [f"{len(steps)} steps of {folder}, into {options.root}", *notes]
    with (
        showing(table, heading, options.root / "study.log"),
        Runner(table, ask, perform, execution) as runner,
    ):
        run_steps(groups_of(steps), runner.run)
    _conclude(calls)


def plan(options: argparse.Namespace, folder: Path) -> tuple[list[Step], list[str]]:
    """The steps of the manifests on this machine, and what a reader should know of them."""
    if options.release and not options.release.is_dir():
        raise DataError(f"--release must be a folder with AllDICOMs; got {options.release}")
    release = options.release or options.root / "phantom"
    local = Local(
        claims={"release": release, "root": options.root},
        folder=options.root / "config",
        study=options.config,
        run=options.run,
    )
    steps, notes = steps_of(render(folder), local)
    makers = [step for step in steps if step.arguments[0] == "phantom"]
    if makers and options.release:
        raise UsageError(
            f"--release must not be given: {makers[0].file} makes a release of its own, and would "
            "write into yours"
        )
    if not makers and options.release is None:
        steps.insert(0, Step("phantom", None, ("phantom", str(release), *_PHANTOM)))
    return steps, notes


def ask(step: Step) -> Outcome | None:
    """What has come of a step already; None where it has something to make.

    Raises:
        Exception: whatever the stage raises as it plans.
    """
    options, stage = _parse(step)
    with set_environment(step.environment):
        return settled(stage.plan(options, silent))


def perform(step: Step, watch: Watch) -> Outcome:
    """Calls the stage with the step's variables.

    Raises:
        Exception: whatever the stage raises.
    """
    from jobs import cli

    options, stage = _parse(step)
    with set_environment(step.environment):
        return cli.call(stage, options, watch)


def execution(step: Step) -> Execution:
    """Where a step runs: in another process if it needs TensorFlow, or what comes with it.

    Exclusively if it keeps all cores busy: two that pass views through the base would take as long
    together, and twice the memory; and where the base learns, the result depends on the number of
    threads, in float32's last digits.
    """
    options, _ = _parse(step)
    match options.command:
        case "weights" | "engine" | "embed":
            return Execution.EXCLUSIVE
        case "train":
            live = load_study(options.config).train.live
            return Execution.EXCLUSIVE if live else Execution.CONCURRENT
        case "evaluate":
            return Execution.CONCURRENT
    return Execution.IN_PROCESS


def _parse(step: Step) -> tuple[argparse.Namespace, ModuleType]:
    """A step's options and stage.

    Raises:
        ConfigError: its command line is wrong; names file and Job.
    """
    from jobs import cli

    try:
        return cli.parse(step.arguments)
    except UsageError as error:
        raise ConfigError(f"{step.file}: args of {step.job}: {error}") from error


def _conclude(calls: Sequence[argparse.Namespace]) -> None:
    """Prints the figures, and where the report lies, on stdout."""
    from jobs.local.display import auc_table, results_console

    console = results_console()
    for call in calls:
        if call.command == "evaluate":
            opened = open_run(call.root, call.run)
            metrics = (opened.folder.evaluation.folder / METRICS).read_text(encoding="utf-8")
            console.print("", auc_table(json.loads(metrics)), "")
            if opened.study.model.weights == "random":
                console.print(
                    "The weights are random (model.weights): the figures show that the study runs, "
                    "not what Inception V3 sees."
                )
        if call.command == "report":
            page = Root(call.root).run(call.run).report
            console.print(f"report: {page}", soft_wrap=True)
