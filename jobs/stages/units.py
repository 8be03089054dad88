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
from jobs.config.names import ALL
from jobs.model import tf_runtime

_COUNTS = {
    "units": (4, 1, "units of each layer: those that tell the labels apart best"),
    "patches": (6, 1, "patches of each unit"),
    "images": (200, 2, "images that are looked at, at most"),
    "steps": (128, 1, "steps of activation maximisation"),
}
"""Options by name: the default, the least, and what is counted."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo units`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)
    add_wait(parser)
    parser.add_argument(
        "--model", default=ALL, metavar="MODEL", help="fold0, fold1, ... (default: %(default)s)"
    )
    parser.add_argument(
        "--layers",
        nargs="+",
        metavar="LAYER",
        help="whose units, such as mixed4 (default: a middle one, the last one, the head's first)",
    )
    for name, (default, _, what) in _COUNTS.items():
        parser.add_argument(
            f"--{name}", type=int, default=default, metavar="N", help=f"{what} (default: {default})"
        )


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: no TensorFlow."""
    tf_runtime.require_installed()


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The pictures and tables of one model's units."""
    from jobs.explain.network.choice import Choice
    from jobs.explain.network.plan import plan_units

    counts = {name: getattr(options, name) for name in _COUNTS}
    for name, value in counts.items():
        least = _COUNTS[name][1]
        if value < least:
            raise UsageError(f"--{name} must be at least {least}; got {value}")
    run = open_run(options.root, options.run)
    return plan_units(run, options.model, Choice(tuple(options.layers or ()), **counts))
