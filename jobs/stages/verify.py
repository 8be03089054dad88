"""two runs -> whether they are the same. Reads ROOT/runs/<run>/ of both; writes only to stdout.

Exits with 0 if they are the same study with the same result, bit for bit, else with 65.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from jobs.common.errors import DataError
from jobs.common.progress import Watch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN_A and RUN_B: the folders of two runs, of one root or of two."""
    for name in ("RUN_A", "RUN_B"):
        parser.add_argument(name.lower(), type=Path, metavar=name, help="ROOT/runs/NAME")


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Prints what two runs differ in, if they do.

    Raises:
        DataError: they are not the same, or a file of one is damaged.
        MissingInputError: one is not finished; names the command to resume it.
    """
    from jobs.evaluation.compare_runs import compare, judge, open_finished_run

    aspects = compare(open_finished_run(options.run_a), open_finished_run(options.run_b))
    same, words = judge(aspects)
    table = [(aspect.name, aspect.differences or ("the same",)) for aspect in aspects]
    sys.stdout.write("".join(_lines([*table, ("verdict", (words,))])))
    if not same:
        raise DataError(f"{options.run_a} and {options.run_b}: {words}")


def _lines(table: Sequence[tuple[str, Sequence[str]]]) -> Iterator[str]:
    """Each name with its first line beside it, and its other lines below."""
    width = 2 + max(len(name) for name, _ in table)
    for name, lines in table:
        for number, line in enumerate(lines):
            yield f"{'' if number else name:{width}}{line}\n"
