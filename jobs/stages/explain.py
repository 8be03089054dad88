"""model -> maps of images. Reads runs/<run>/ and dataset/; writes its explanations/<model>/."""

import argparse
import json

from jobs.artifacts.layout import CHECKS
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.run import open_run
from jobs.common.arguments import add_root, add_run, add_wait, add_workers, worker_of
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.config.names import ALL
from jobs.data.dataset import open_dataset
from jobs.explain.extras import EXTRAS
from jobs.explain.request import CHECKED_PATIENTS, Request
from jobs.features.extract import Share
from jobs.model import tf_runtime


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo explain`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)
    add_wait(parser)
    parser.add_argument(
        "--model", default=ALL, metavar="MODEL", help="fold0, fold1, ... (default: %(default)s)"
    )
    parser.add_argument(
        "--images",
        nargs="+",
        default=[],
        metavar="ID",
        help="which images (default: --count of the test set)",
    )
    parser.add_argument(
        "--count",
        type=int,
        default=20,
        metavar="N",
        help="how many of the test set, half of them sick (default: %(default)s)",
    )
    parser.add_argument(
        "--methods", nargs="+", default=[], metavar="METHOD", help="which methods (default: all)"
    )
    parser.add_argument(
        "--option",
        dest="settings",
        action="append",
        default=[],
        metavar="METHOD.OPTION=VALUE",
        help="a method's option, such as integrated_gradients.steps=32; can be given several times "
        "(default: those of docs/how-to/explain.md)",
    )
    for name, extra in EXTRAS.items():
        parser.add_argument(f"--{name}", action="store_true", help=extra.help)
    parser.add_argument(
        "--checked-patients",
        type=int,
        metavar="N",
        help="with --checks: of how many patients a sick image is explained by random and other "
        f"models, too, where there are as many (default: {CHECKED_PATIENTS})",
    )
    add_workers(parser, "images")


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: no TensorFlow."""
    tf_runtime.require_installed()


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The maps of the images by the methods."""
    from jobs.explain.options import choose_methods, read_options
    from jobs.explain.plan import plan_explanations
    from jobs.explain.subjects import choose_images

    share = Share(*worker_of(options))
    if options.checked_patients is not None and not options.checks:
        raise UsageError("--checked-patients goes with --checks: give both")
    checked = CHECKED_PATIENTS if options.checked_patients is None else options.checked_patients
    for name, value in (("count", options.count), ("checked-patients", checked)):
        if value < 1:
            raise UsageError(f"--{name} must be at least 1; got {value}")
    methods, settings = choose_methods(options.methods), read_options(options.settings)
    run = open_run(options.root, options.run)
    dataset = open_dataset(options.root, run.study)
    images = choose_images(run.study, dataset, options.images, options.count)
    extras = [name for name in EXTRAS if getattr(options, name.replace("-", "_"))]
    request = Request(options.model, images, methods, settings, extras, checked)
    return plan_explanations(run, dataset, request, share)


def tell(options: argparse.Namespace) -> str:
    """With --checks, the table of what the methods are worth."""
    if not options.checks:
        return ""
    from jobs.explain.checks.table import checks_text

    folder = open_run(options.root, options.run).folder.explanations(options.model).folder
    file = folder / CHECKS
    return checks_text(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else ""
