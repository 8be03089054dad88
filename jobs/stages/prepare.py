"""release -> dataset. Reads a release; writes dataset/inbreast/<version>/ in TFDS's own layout."""

import argparse

from jobs.artifacts.layout import Root
from jobs.artifacts.plan import ArtifactPlan
from jobs.common.arguments import add_config, add_release, add_root, add_wait
from jobs.common.progress import Watch
from jobs.config.study import load_study
from jobs.data.prepare import find_splits, plan_dataset


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo prepare`."""
    add_release(parser)
    add_root(parser)
    add_config(parser)
    add_wait(parser)
    parser.add_argument(
        "--strict", action="store_true", help="one file that would be left out is an error"
    )


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: a release or a study that cannot be used together."""
    find_splits(options.release, load_study(options.config, options.overrides))


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The dataset: the release, checked, and split into a test set and folds."""
    root = Root(options.root)
    study = load_study(options.config, options.overrides)
    return plan_dataset(root, options.release, study, options.strict, watch)
