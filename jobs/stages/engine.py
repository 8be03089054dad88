"""dataset -> engine. Reads dataset/ and weights/; writes engines/<key>/ for int8 and auto."""

import argparse

from jobs.artifacts.layout import Root
from jobs.artifacts.plan import ArtifactPlan, NothingToMake
from jobs.common.arguments import add_config, add_root, add_wait
from jobs.common.progress import Watch
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.model import openvino_runtime, tf_runtime
from jobs.precision.resolve import needs_engine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo engine`."""
    add_root(parser)
    add_config(parser)
    add_wait(parser)


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: what int8 needs and this machine lacks, or no TensorFlow."""
    study = load_study(options.config, options.overrides)
    tf_runtime.require_installed()
    if study.model.precision == "int8":
        openvino_runtime.require_int8()


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan | NothingToMake:
    """For int8 the quantised base, for auto the precision that is measured to be fastest."""
    study = load_study(options.config, options.overrides)
    if not needs_engine(study):
        return NothingToMake(f"{study.model.precision} needs no engine")
    from jobs.precision.build import plan_engine

    return plan_engine(Root(options.root), study, open_dataset(options.root, study))
