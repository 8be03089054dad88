"""new DICOM files -> predictions. Reads files and a run; writes the run's predictions/<key>/."""

import argparse
from pathlib import Path

from jobs.artifacts.plan import ArtifactPlan, PlanChain
from jobs.artifacts.run import open_run
from jobs.common.arguments import add_root, add_run, add_wait
from jobs.common.progress import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILES, --root, --run, --map, --dicom, --wait."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILES", help="DICOM files, and folders of them"
    )
    add_root(parser)
    add_run(parser)
    parser.add_argument(
        "--map", action="store_true", help="a map of each image, too; of a local head alone"
    )
    parser.add_argument(
        "--dicom",
        type=Path,
        metavar="FOLDER",
        help="where DICOM objects go: a report of each exam, and with --map pictures; they hold "
        "the patients' tags (default: none are made)",
    )
    add_wait(parser)


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan | PlanChain:
    """The predictions of the files by the run's fold models, and their DICOM objects."""
    from jobs.features.extract import Share
    from jobs.predict.files import hash_files, list_files
    from jobs.predict.plan import Request, plan_predictions

    run = open_run(options.root, options.run)
    files = hash_files(list_files(options.files))
    predictions = plan_predictions(Request(run, files, Share(), options.map))
    if not options.dicom:
        return predictions
    from jobs.artifacts.layout import Location
    from jobs.predict.dicom.export import DicomPlan

    there = Location(predictions.target, "mammo predict")
    objects = DicomPlan(options.dicom, run, files, there)
    return PlanChain([lambda: predictions, lambda: objects])
