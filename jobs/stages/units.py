"""trained model -> what its units do. Reads dataset/, runs/<run>/<model>/; writes units/<model>/.

First-layer filters, feature maps, activations by label, the patches of the dataset that excite a
unit most with their deconvnet, pictures that maximise it, and the features for TensorBoard's
projector. Images of the test set are not used.
"""

import argparse

from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.run import open_run
from jobs.common.arguments import add_root, add_run, add_wait
from jobs.common.errors import UsageError
from jobs.common.progress import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo units`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)
    add_wait(parser)
    parser.add_argument(
        "--model", default="fold0", metavar="MODEL", help="fold0, ..., all (default: %(default)s)"
    )
    parser.add_argument(
        "--layers",
        nargs="+",
        default=(),
        metavar="LAYER",
        help="whose units, such as mixed4 (default: a middle one, the last one, the head's first)",
    )
    for name, default, what in (
        ("units", 4, "units of each layer: those that tell the labels apart best"),
        ("patches", 6, "patches of each unit"),
        ("images", 200, "images of the dataset that are looked at, at most"),
        ("steps", 128, "steps of activation maximisation"),
    ):
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: {default})"
        )


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The pictures and tables of one model's units."""
    from jobs.explain.network.plan import Choice, plan_units

    numbers = {name: getattr(options, name) for name in ("units", "patches", "images", "steps")}
    for name, value in numbers.items():
        if value < (2 if name == "images" else 1):
            raise UsageError(
                f"--{name} must be at least {2 if name == 'images' else 1}; got {value}"
            )
    run = open_run(options.root, options.run)
    return plan_units(run, options.model, Choice(tuple(options.layers), **numbers))
