"""finished runs -> whether one is better. Reads ROOT/runs/<run>/ of all; writes a comparison.

The first run is what the others are compared with. The page, its figures as JSON and a row for each
image lie in comparisons/<key>/ under the first run's root; the tables are printed, too.
"""

import argparse
import functools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.artifacts.layout import COMPARISON, PAGE
from jobs.artifacts.plan import ArtifactPlan, carry_out
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe, canonical_json
from jobs.common.errors import UsageError
from jobs.common.progress import Watch

if TYPE_CHECKING:
    from jobs.compare.scored_run import ScoredRun

FORMAT = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """RUN RUN...: the folders of finished runs, of one root or of several."""
    parser.add_argument(
        "runs",
        type=Path,
        nargs="+",
        metavar="RUN",
        help="ROOT/runs/NAME; all others are compared with the first",
    )
    parser.add_argument(
        "--json", action="store_true", help="comparison.json on stdout, in place of the tables"
    )


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Makes the comparison, unless it is there, and prints it.

    Raises:
        UsageError: fewer than two runs are named, or one of them twice.
        MissingInputError: a run is not finished; names the command that goes on.
        DataError: the runs have other labels, or a file of one is damaged.
    """
    from jobs.compare.scored_run import read_scored_run

    if len({folder.resolve() for folder in options.runs}) < max(2, len(options.runs)):
        raise UsageError("mammo compare needs two different runs or more, each of them once")
    runs = [read_scored_run(folder) for folder in options.runs]
    recipe = Recipe("compare", _inputs(runs), {"runs": [_identity(each) for each in runs]}, FORMAT)
    folder = runs[0].run.root.comparison(recipe.key)
    carry_out(ArtifactPlan(folder, recipe, functools.partial(_fill, runs)), watch)
    _print(folder, options.json)


def _inputs(runs: Sequence["ScoredRun"]) -> dict[str, str]:
    return {f"run{number}": each.evaluation.key for number, each in enumerate(runs)}


def _identity(run: "ScoredRun") -> dict[str, str]:
    """What the page says of a run that its figures do not: its name and its configuration."""
    from jobs.artifacts.lineage import settings

    return {"name": run.name, "settings": canonical_json(settings(run.run.study))}


def _fill(runs: Sequence["ScoredRun"], draft: Draft, watch: Watch) -> None:
    from jobs.compare.comparison import compare_runs
    from jobs.compare.disagreements import pair_images, to_csv
    from jobs.compare.page import render_page

    first, *others = runs
    images = [pair_images(first, other) for other in others]
    comparison = compare_runs(runs, images, watch)
    text = json.dumps(comparison, indent=1, sort_keys=True, allow_nan=False)
    (draft.folder / COMPARISON).write_text(f"{text}\n", encoding="utf-8")
    for number, paired in enumerate(images, start=1):
        (draft.folder / f"images-{number}.csv").write_bytes(to_csv(paired))
    page = render_page(comparison, images)
    (draft.folder / PAGE).write_text(page, encoding="utf-8")


def _print(folder: Path, as_json: bool) -> None:
    from jobs.compare.text import difference_lines, summary_lines
    from jobs.evaluation.summary import results_console

    text = (folder / COMPARISON).read_text(encoding="utf-8")
    if as_json:
        sys.stdout.write(text)
        return
    comparison = json.loads(text)
    console = results_console()
    for line in (*difference_lines(comparison), *summary_lines(comparison)):
        console.print(line)
    sys.stdout.write(f"page: {folder / PAGE}\n")
