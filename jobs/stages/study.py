"""k8s/ -> a whole study. Runs the Jobs of the manifests here, one stage after another.

Each Job's command, arguments, variables, ConfigMap, volumes, completions and parallelism count
here, too; limits, failure policies, security and affinity are left to Kubernetes.
"""

import argparse
import contextlib
import functools
import importlib
import itertools
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from jobs.artifacts.layout import METRICS, Root
from jobs.artifacts.plan import Outcome, Result, settled
from jobs.artifacts.run import open_run
from jobs.common.arguments import add_overrides, run_name
from jobs.common.errors import DataError, MissingInputError
from jobs.common.progress import Watch, silent
from jobs.common.resources import set_environment
from jobs.common.step_table import StepTable
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.forecast.disk import describe_disk
from jobs.forecast.survey import survey
from jobs.local.document import StudyDocument
from jobs.local.dry_run import describe
from jobs.local.manifests.pod import Step
from jobs.local.manifests.references import LocalInputs
from jobs.local.manifests.render import default_folder
from jobs.local.manifests.unsupported import Notes
from jobs.local.outlook import look_ahead
from jobs.local.placement import place
from jobs.local.runner import STATES, Runner
from jobs.local.steps import read_steps
from jobs.stages import COMMANDS, TELLING, call, parse

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
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="run nothing: say what would run, what would stop it, how long it takes, how much it "
        "writes, and what is left to Kubernetes",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="one JSON document on stdout, in place of the figures; see docs/commands.md",
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

    It shows all of its steps itself: `watch` shows one stage, and is called in a dry run alone.

    Raises:
        ConfigError: a manifest cannot run on this machine.
        MissingInputError: no Job makes what another one needs.
        ExceptionGroup: several things would stop it later. Nothing has run.
        Exception: whatever a stage raises.
    """
    document = StudyDocument(options.root, options.dry_run)
    try:
        with contextlib.ExitStack() as stack:
            # Of a ConfigMap's entries: a dry run leaves nothing behind.
            config = options.root / "config"
            if options.dry_run:
                config = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            _run(options, config, watch, document)
    except BaseException as error:
        document.error = error
        raise
    finally:
        if options.json:
            sys.stdout.write(document.text())


def _run(options: argparse.Namespace, config: Path, watch: Watch, document: StudyDocument) -> None:
    folder = options.manifests or default_folder(options.overlay)
    steps, notes = _read_steps(options, folder, config)
    table = StepTable(((step.name, step.options.command) for step in steps), telling=TELLING)
    document.manifests, document.steps, document.table = folder, steps, table
    look = functools.partial(_look, watch if options.dry_run else None)
    outlook = look_ahead(steps, look, _foresee)
    found = survey(options.root, steps, [each for each in steps if each not in outlook.settled])
    for row, known in zip(table.rows, found.forecasts, strict=True):
        known.note(row)
    document.needed_bytes = found.needed_bytes
    heading = [f"{len(steps)} steps of {folder}, into {options.root}", *notes.always]
    if options.dry_run:
        for row, step in zip(table.rows, steps, strict=True):
            if result := outlook.settled.get(step):
                row.state = STATES[result.outcome]
        document.results = outlook.settled
        disk = [] if found.needs is None else [describe_disk(options.root, found.needs)]
        lines = [*heading, "", *describe(table, options.root), *disk, *notes.on_request]
        (sys.stderr if options.json else sys.stdout).writelines(f"{line}\n" for line in lines)
    _raise_together([*outlook.problems, *found.problems])
    if not options.dry_run:
        _carry_out(options, steps, table, heading, document)


def _carry_out(
    options: argparse.Namespace,
    steps: Sequence[Step],
    table: StepTable,
    heading: Sequence[str],
    document: StudyDocument,
) -> None:
    from jobs.common.terminal import show_steps

    with (
        show_steps(table, heading, options.root / "study.log"),
        Runner(table, ask, perform, place, _PRELOAD) as runner,
    ):
        document.results = runner.results
        # Steps of one stage may run at once: none reads what another writes.
        for _, group in itertools.groupby(steps, lambda step: step.options.command):
            runner.run(list(group))
    if not options.json:
        _print_results([step.options for step in steps])


def _raise_together(found: Sequence[Exception]) -> None:
    """Raises what there is; what two parts have found is told once."""
    problems = list({str(each): each for each in found}.values())
    if len(problems) > 1:
        raise ExceptionGroup("the study would be stopped", problems)
    if problems:
        raise problems[0]


def _read_steps(
    options: argparse.Namespace, folder: Path, config: Path
) -> tuple[list[Step], Notes]:
    if options.release and not options.release.is_dir():
        raise DataError(f"--release must be a folder with AllDICOMs; got {options.release}")
    release = options.release or options.root / "phantom"
    local = LocalInputs(
        claims={"release": release, "root": options.root},
        folder=config,
        study=options.config,
        run=options.run,
        overrides=options.overrides,
    )
    phantom = None
    if options.release is None:
        phantom = Step("phantom", None, ("phantom", str(release), *_PHANTOM))
    return read_steps(folder, local, phantom, lambda arguments: parse(arguments)[0], [*COMMANDS])


def ask(step: Step, watch: Watch = silent) -> Result | None:
    """What has come of a step already; None where it has something to make.

    Raises:
        Exception: whatever the stage raises as it plans.
    """
    with set_environment(step.environment):
        return settled(_stage(step).plan(step.options, watch))


def _look(thoroughly: Watch | None, step: Step) -> Result | None:
    """As `ask`; unless `thoroughly`, what takes seconds is left to the step itself.

    That is to hash a release, of which the dataset's configuration is compared, and to render a
    page.
    """
    if step.options.command == "prepare":
        found = _find_dataset(step.options)
        if not thoroughly:
            return found
    if thoroughly:
        return ask(step, thoroughly)
    return None if step.options.command == "report" else ask(step)


def _find_dataset(options: argparse.Namespace) -> Result | None:
    """The dataset, whatever its release was.

    Raises:
        ConfigError: it is another study's. Later steps say so in the same words, so once.
    """
    study = load_study(options.config, options.overrides)
    try:
        return Result(Outcome.UP_TO_DATE, open_dataset(options.root, study).folder)
    except MissingInputError:
        return None


def _foresee(step: Step) -> None:
    """Has a stage raise what will stop it, if it can tell."""
    stage = _stage(step)
    if hasattr(stage, "foresee"):
        with set_environment(step.environment):
            stage.foresee(step.options)


def perform(step: Step, watch: Watch) -> Result:
    """Calls the stage with the step's variables.

    Raises:
        Exception: whatever the stage raises.
    """
    with set_environment(step.environment):
        return call(_stage(step), step.options, watch)[-1]


def _stage(step: Step) -> ModuleType:
    return importlib.import_module(f"jobs.stages.{step.options.command}")


def _print_results(calls: Sequence[argparse.Namespace]) -> None:
    """Prints the figures, and where the report is, on stdout."""
    from jobs.evaluation.summary import auc_table, inflation, results_console

    console = results_console()
    for options in calls:
        if options.command == "evaluate":
            opened = open_run(options.root, options.run)
            metrics = (opened.folder.evaluation.folder / METRICS).read_text(encoding="utf-8")
            console.print("", auc_table(json.loads(metrics)), "")
            if warning := inflation(json.loads(metrics)):
                console.print(warning, style="bold red")
            model = opened.study.model
            if model.weights == "random" and not model.from_scratch:
                console.print(
                    "The weights are random (model.weights): the figures show that the study runs, "
                    "not what Inception V3 sees."
                )
        if options.command == "report":
            page = Root(options.root).run(options.run).report
            console.print(f"report: {page}", soft_wrap=True)
