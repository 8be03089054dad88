"""dataset -> engine. Reads dataset/ and weights/; writes engines/<key>/, where precision asks."""

import argparse
import sys

from jobs.common.arguments import add_config, add_root
from jobs.common.progress import Watch
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.precision.plan import is_made


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo engine`."""
    add_root(parser)
    add_config(parser)


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Quantises the base for int8, or measures and picks for auto; else there is nothing to do."""
    study = load_study(options.config)
    if not is_made(study):
        sys.stdout.write(f"nothing to do: {study.model.precision} needs no engine\n")
        return
    from jobs.precision.build import make_engine

    make_engine(options.root, study, open_dataset(options.root, study), watch)
