"""dataset -> features. Reads dataset/ and weights/; writes features/<key>/, one file an image."""

import argparse

from jobs.artifacts.layout import Root
from jobs.artifacts.plan import ArtifactPlan, NothingToMake
from jobs.common import resources
from jobs.common.arguments import add_config, add_root, add_wait, add_workers, worker_of
from jobs.common.progress import Watch
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.features.extract import Share, plan_features
from jobs.model import tf_runtime
from jobs.model.tensorflow_extractor import require_device


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo embed`."""
    add_root(parser)
    add_config(parser)
    add_wait(parser)
    add_workers(parser, "images")


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: a precision that is not for this machine, or no TensorFlow."""
    tf_runtime.require_installed()
    study = load_study(options.config, options.overrides)
    require_device(study.model.precision, resources.gpu_count() > 0)


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan | NothingToMake:
    """The features of every view of every image."""
    share = Share(*worker_of(options))
    study = load_study(options.config, options.overrides)
    if study.train.live:
        return NothingToMake("train.live makes its views as it trains")
    dataset = open_dataset(options.root, study)
    return plan_features(Root(options.root), study, dataset, share)
