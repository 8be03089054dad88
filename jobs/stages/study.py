"""k8s/ -> a whole study. Runs the Jobs of the manifests here, one stage after another.

Each Job's command, arguments, variables, ConfigMap, volumes, completions and parallelism are
carried out; limits, failure policies, security and affinity are left to Kubernetes.
"""

import argparse
import contextlib
import dataclasses
import functools
import importlib
import io
import itertools
import json
from collections.abc import Sequence
from pathlib import Path

from jobs.artifacts.run import EVALUATION, open_run
from jobs.common.arguments import run_name
from jobs.common.errors import ConfigError, DataError, UsageError
from jobs.common.progress import Watch
from jobs.common.resources import variables
from jobs.common.step_table import StepTable
from jobs.config.study import load_study
from jobs.local.manifests.job import steps_of
from jobs.local.manifests.pod import Step
from jobs.local.manifests.references import LocalInputs
from jobs.local.manifests.render import default_folder, load_manifests
from jobs.local.runner import Place, Runner

_PHANTOM = ("--patients", "48")  # fewer than INbreast's 108: a first try takes minutes
_ARTIFACTS = ("phantom", "dataset/*/*", "weights/*", "engines/*", "features/*", "runs/*/*")


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
    """Does what is missing of the study, and prints its figures.

    It shows all of its steps itself: `watch` shows one stage.

    Raises:
        ConfigError: a manifest cannot run on this machine.
        MissingInputError: no Job makes what another one needs.
        Exception: whatever a stage raises.
    """
    from jobs.common.terminal import show_steps

    folder = options.manifests or default_folder(options.overlay)
    steps, notes = plan(options, folder)
    table = StepTable((step.name, step.options.command) for step in steps)
    heading = [f"{len(steps)} steps of {folder}, into {options.root}", *notes]
    with (
        show_steps(table, heading, options.root / "study.log"),
        Runner(table, functools.partial(perform, root=options.root), place) as runner,
    ):
        # Steps of one stage may run at once: none reads what another writes.
        for _, group in itertools.groupby(steps, lambda step: step.options.command):
            for error in runner.run(list(group)).values():
                raise error
    _conclude([step.options for step in steps])


def plan(options: argparse.Namespace, folder: Path) -> tuple[list[Step], list[str]]:
    """The steps of the manifests in the stages' order, and what a reader should know of them."""
    if options.release and not options.release.is_dir():
        raise DataError(f"--release must be a folder with AllDICOMs; got {options.release}")
    release = options.release or options.root / "phantom"
    local = LocalInputs(
        claims={"release": release, "root": options.root},
        folder=options.root / "config",
        study=options.config,
        run=options.run,
    )
    steps, notes = steps_of(load_manifests(folder), local)
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
        ConfigError: the arguments of one are wrong; names its place.
    """
    from jobs.cli import COMMANDS, parse

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


def perform(step: Step, watch: Watch, *, root: Path) -> bool:
    """Calls the stage with the step's variables; whether anything was published under `root`.

    What the stage writes on stdout, that it is up to date or what it made, is what is returned.

    Raises:
        Exception: whatever the stage raises.
    """
    if not step.where and (step.options.out / "INbreast.csv").exists():
        return False  # the release of no manifest, which appeared when it was whole
    stage = importlib.import_module(f"jobs.stages.{step.options.command}")
    before = artifacts(root)
    with variables(step.environment), contextlib.redirect_stdout(io.StringIO()):
        stage.run(step.options, watch)
    return artifacts(root) != before


def place(step: Step) -> Place:
    """Where a step runs: in another process if it needs TensorFlow, or what comes with it.

    Alone if it keeps all cores busy: two that pass views through the base would take as long
    together, and twice the memory; and where the base learns, what comes of it depends on the
    number of threads, in float32's last digits.
    """
    match step.options.command:
        case "weights" | "engine" | "embed":
            return Place.ALONE
        case "train":
            return Place.ALONE if load_study(step.options.config).train.live else Place.ABREAST
        case "evaluate":
            return Place.ABREAST
    return Place.HERE


def artifacts(root: Path) -> set[tuple[Path, int]]:
    """What is published under a root: each artifact, as the file or folder that it is by now."""
    found = set()
    for path in (path for pattern in _ARTIFACTS for path in root.glob(pattern)):
        # What is hidden is another's work, which may be gone by now.
        if not any(part.startswith(".") for part in path.relative_to(root).parts):
            found.add((path, path.stat().st_ino))
    return found


def _conclude(calls: Sequence[argparse.Namespace]) -> None:
    """Prints the figures, and where the report lies, on stdout."""
    from jobs.evaluation.summary import auc_table, results_console

    console = results_console()
    for call in calls:
        if call.command == "evaluate":
            opened = open_run(call.root, call.run)
            metrics = (opened.folder / EVALUATION / "metrics.json").read_text(encoding="utf-8")
            console.print("", auc_table(json.loads(metrics)), "")
            if opened.study.model.weights == "random":
                console.print(
                    "The weights are random (model.weights): the figures show that the study runs, "
                    "not what Inception V3 sees."
                )
        if call.command == "report":
            page = call.root / "runs" / call.run / "report.html"
            console.print(f"report: {page}", soft_wrap=True)
