"""dataset, weights -> a table. Scores one model by protocols that flatter; writes inflation/<key>/.

It makes what is missing of features/. Every figure but the first is inflated, by design: it shows
how much of a published figure may be the protocol's.
"""

import argparse
import functools
import json
import sys
from pathlib import Path

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import require
from jobs.artifacts.plan import ArtifactPlan, carry_out
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.common.arguments import add_config, add_root
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.config.study import Study, load_study, plain
from jobs.data.dataset import Dataset, open_dataset
from jobs.features.extract import Share, plan_features
from jobs.features.store import resolve_features

FORMAT = 1
_READ = ("head", "contours", "train")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo inflation`."""
    add_root(parser)
    add_config(parser)
    parser.add_argument(
        "--seeds",
        type=int,
        default=3,
        metavar="N",
        help="heads of other initial weights, whose AUCs are averaged (default: %(default)s)",
    )


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Makes the table, unless it is there, and prints it."""
    from jobs.inflation.table import as_text
    from jobs.training.together.kinds import require_together

    if options.seeds < 1:
        raise UsageError(f"--seeds must be at least 1; got {options.seeds}")
    study, root = load_study(options.config, options.overrides), Root(options.root)
    require_together(study)
    dataset = open_dataset(options.root, study)
    carry_out(plan_features(root, study, dataset, Share()), watch)
    plan = plan_table(root, study, dataset, options.seeds)
    carry_out(plan, watch)
    figures = json.loads((plan.target / "inflation.json").read_text(encoding="utf-8"))
    sys.stdout.write(as_text(figures))
    sys.stdout.write(f"{plan.target}\n")


def plan_table(root: Root, study: Study, dataset: Dataset, seeds: int) -> ArtifactPlan:
    """The plan of a table."""
    used = resolve_features(root, study, dataset)
    require(used.location)
    configuration = {name: plain(study)[name] for name in _READ}
    configuration |= {
        "seed": study.seed,
        "seeds": seeds,
        "folds": study.data.folds,
        "bootstrap": study.evaluate.bootstrap,
    }
    inputs = {"dataset": dataset.key, "features": used.recipe.key}
    recipe = Recipe("inflation", inputs, configuration, FORMAT)
    fill = functools.partial(_fill, study, dataset, used.location.folder, seeds)
    return ArtifactPlan(root.inflation(recipe.key).folder, recipe, fill)


def _fill(
    study: Study, dataset: Dataset, features: Path, seeds: int, draft: Draft, watch: Watch
) -> None:
    from jobs.inflation.measure import measure
    from jobs.inflation.protocols import MARK
    from jobs.inflation.table import as_csv, as_json, as_page
    from jobs.training.together.kinds import open_kind

    contours = study.contours.weight > 0
    with open_kind(study, dataset, features, contours=contours) as kind:
        figures = measure(study, dataset, kind, seeds, watch)
    synthetic = bool(dataset.manifest.notes.get("synthetic"))
    draft.notes[MARK] = "every figure but the first is too high, by design"
    for name, content in (
        ("inflation.json", as_json(figures)),
        ("inflation.csv", as_csv(figures)),
        ("inflation.html", as_page(figures, seeds, synthetic)),
    ):
        (draft.folder / name).write_bytes(content)
