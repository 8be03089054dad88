"""new DICOM files -> predictions. Reads files and a run; writes the run's predictions/<key>/."""

import argparse
from pathlib import Path

from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.run import open_run
from jobs.common.arguments import add_root, add_run, add_wait
from jobs.common.progress import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILES, --root, --run, --wait."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILES", help="DICOM files, and folders of them"
    )
    add_root(parser)
    add_run(parser)
    add_wait(parser)


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The predictions of the files by the run's fold models."""
    from jobs.features.extract import Share
    from jobs.predict.files import hash_files, list_files
    from jobs.predict.plan import Request, plan_predictions

    files = hash_files(list_files(options.files))
    return plan_predictions(Request(open_run(options.root, options.run), files, Share()))
