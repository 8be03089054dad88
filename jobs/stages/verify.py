"""two runs -> whether they are the same. Reads ROOT/runs/<run>/ of both; writes only to stdout.

Exits with 0 if they are the same study with the same result, bit for bit, else with 65. Of runs
that are not finished it compares what both have; if that is the same, it exits with 69.
"""

import argparse
import sys
from pathlib import Path

from jobs.common.errors import DataError, MissingInputError
from jobs.common.progress import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN_A and RUN_B: the folders of two runs, of one root or of two."""
    for name in ("RUN_A", "RUN_B"):
        parser.add_argument(name.lower(), type=Path, metavar=name, help="ROOT/runs/NAME")
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--all", action="store_true", help="name all artifacts and all differences, not a few"
    )
    form.add_argument("--json", action="store_true", help="one JSON document, for machines")


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Prints what two runs differ in, if they do.

    Raises:
        DataError: they are not the same, or a file of one is damaged.
        MissingInputError: what both have is the same, and one is not finished; names the command
            to resume it.
    """
    from jobs.evaluation.cautions import INFLATED_BY_DESIGN
    from jobs.evaluation.compare_runs import compare
    from jobs.evaluation.comparison_text import as_json, as_text
    from jobs.evaluation.partial_run import open_partial_run

    a, b = open_partial_run(options.run_a), open_partial_run(options.run_b)
    comparison = compare(a, b)
    verdict = comparison.verdict
    show = as_json(comparison) if options.json else as_text(comparison, everything=options.all)
    sys.stdout.write(show)
    for each in (a, b):
        if each.run.study.data.augment_first and not options.json:
            sys.stdout.write(f"{each.run.folder.path}: {INFLATED_BY_DESIGN}\n")
    if verdict.differs:
        raise DataError(f"{options.run_a} and {options.run_b}: {verdict.words}")
    for folder, each in ((options.run_a, a), (options.run_b, b)):
        for name, location in each.missing.items():
            raise MissingInputError(
                f"{folder} is not finished, {name} is missing: run {location.command}"
            )
