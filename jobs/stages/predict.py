"""new DICOM files -> predictions. Reads files and a run; writes the run's predictions/<key>/."""

import argparse
import functools
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.artifacts.layout import Root
from jobs.artifacts.plan import AnyPlan, PlanChain
from jobs.artifacts.run import Run, open_run
from jobs.common.arguments import add_root, add_wait, add_workers, run_name, worker_of
from jobs.common.circumstances import hidden_path
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.model import tf_runtime

if TYPE_CHECKING:
    from jobs.predict.site import Site


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILES or --watch, --root, --run, --map, --dicom, --calibration, and the workers'."""
    parser.add_argument(
        "files",
        type=hidden_path,
        nargs="*",
        metavar="FILES",
        help="DICOM files, and folders of them",
    )
    add_root(parser)
    models = parser.add_mutually_exclusive_group(required=True)
    models.add_argument(
        "--run", type=run_name, metavar="NAME", help="whose models: of ROOT/runs/NAME"
    )
    models.add_argument(
        "--model",
        type=Path,
        metavar="FILE",
        help="the file of mammo export, in place of --run; it is unpacked under the root",
    )
    parser.add_argument(
        "--watch",
        type=hidden_path,
        metavar="FOLDER",
        help="a folder instead of FILES: exams that come to it are predicted until it is stopped "
        "(default: none, FILES are predicted)",
    )
    parser.add_argument(
        "--quiet",
        type=float,
        default=30,
        metavar="SECONDS",
        help="with --watch, how long no file of an exam has changed when it counts as complete "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--map", action="store_true", help="a map of each image, too; of a local head alone"
    )
    parser.add_argument(
        "--dicom",
        type=hidden_path,
        metavar="FOLDER",
        help="where DICOM objects go: a report of each exam, and with --map pictures; they hold "
        "the patients' tags (default: none are made)",
    )
    parser.add_argument(
        "--calibration",
        type=Path,
        metavar="FILE",
        help="calibration.json of mammo recalibrate: probabilities are those of its site (default: "
        "as the run's own figures are)",
    )
    add_workers(parser, "exams")
    add_wait(parser)


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: nothing to predict, or by; no TensorFlow, no highdicom."""
    if bool(options.files) == bool(options.watch):
        raise UsageError("mammo predict takes either FILES or --watch FOLDER: give one of them")
    if options.model and not options.model.is_file():
        raise UsageError(f"--model must be a file of mammo export; got {options.model}")
    worker_of(options)
    tf_runtime.require_installed()
    if options.dicom:
        from jobs.predict.dicom.library import import_highdicom

        import_highdicom()


def plan(options: argparse.Namespace, watch: Watch) -> PlanChain:
    """The reference of the run, the predictions of the files, and their DICOM objects."""
    from jobs.features.extract import Share
    from jobs.predict.files import hash_files, list_files
    from jobs.predict.plan import Request, plan_request
    from jobs.predict.predictor import Predictor
    from jobs.predict.reference_plan import find_reference, plan_reference
    from jobs.predict.watching import watch_folder

    foresee(options)
    run = _open(options)
    site = _read_site(options.calibration, run) if options.calibration else None
    share = Share(*worker_of(options))

    @functools.cache
    def request() -> Request:
        """What is asked for, once the reference is there."""
        predictor = Predictor(run, options.map, find_reference(run), site)
        files = [] if options.watch else hash_files(list_files(options.files))
        return Request(predictor, files, share, options.dicom)

    def predictions() -> AnyPlan:
        if options.watch:
            return watch_folder(options.watch, options.quiet, request(), watch)
        return plan_request(request())

    return PlanChain([lambda: plan_reference(run), predictions])


def _read_site(path: Path, run: Run) -> "Site":
    from jobs.predict.site import read_site_file

    evaluation = run.require_evaluation(run.require_models())
    return read_site_file(path, run.folder.name, evaluation.key)


def _open(options: argparse.Namespace) -> Run:
    if options.run:
        return open_run(options.root, options.run)
    from jobs.artifacts.archive import unpack_archive

    return unpack_archive(options.model, Root(options.root).exports)
