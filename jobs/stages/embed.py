"""dataset -> features. Reads dataset/ and weights/; writes features/<key>/, one file an image."""

import argparse
import sys

from jobs.common.arguments import add_config, add_root
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.features.extract import Share, make_features


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo embed`."""
    add_root(parser)
    add_config(parser)
    parser.add_argument(
        "--worker", type=int, default=0, metavar="I", help="which of the workers this is, from 0"
    )
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="how many share the images"
    )


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Makes every view of every image once, passes it through the base, and keeps the features."""
    if options.workers < 1:
        raise UsageError(f"--workers must be at least 1; got {options.workers}")
    if not 0 <= options.worker < options.workers:
        raise UsageError(
            f"--worker must be from 0 to {options.workers - 1} (--workers less one); "
            f"got {options.worker}"
        )
    study = load_study(options.config)
    if study.train.live:
        sys.stdout.write("nothing to do: train.live makes its views as it trains\n")
        return
    dataset = open_dataset(options.root, study)
    share = Share(options.worker, options.workers)
    make_features(options.root, study, dataset, share, watch)
