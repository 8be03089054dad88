"""predictions -> figures. Reads runs/<run>/<model>/ of all; writes runs/<run>/evaluation/."""

import argparse
import functools
import json
from collections.abc import Iterator, Sequence

from jobs.artifacts.layout import METRICS, PREDICTIONS
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run, open_run
from jobs.common.arguments import add_root, add_run
from jobs.common.progress import Watch
from jobs.config.study import Study, plain
from jobs.evaluation.checks import check_predictions
from jobs.evaluation.predictions import Prediction, read_predictions, to_csv

FORMAT = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo evaluate`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The figures of a run, from its models' predictions alone."""
    run = open_run(options.root, options.run)
    models = run.require_models()
    configuration = {"seed": run.study.seed, "evaluate": plain(run.study.evaluate)}
    inputs = {model: manifest.key for model, manifest in models.items()}
    recipe = Recipe("evaluate", inputs, configuration, FORMAT)
    return ArtifactPlan(run.folder.evaluation.folder, recipe, functools.partial(_fill, run))


def _fill(run: Run, draft: Draft, watch: Watch) -> None:
    models = run.study.models()
    paths = [run.folder.model(model).folder / PREDICTIONS for model in models]
    rows = [row for path in paths for row in read_predictions(path)]
    check_predictions(rows, models)
    for name, content in _files(rows, run.study, watch):
        (draft.folder / name).write_bytes(content)


def _files(rows: Sequence[Prediction], study: Study, watch: Watch) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the evaluation's files."""
    from jobs.evaluation.study_metrics import compute_study_metrics
    from jobs.plots.figures import make_figures
    from jobs.plots.svg import to_svg

    yield PREDICTIONS, to_csv(rows)
    metrics = compute_study_metrics(
        rows,
        study.models(),
        seed=study.seed,
        replicates=study.evaluate.bootstrap,
        watch=watch,
    )
    yield METRICS, _json(metrics)
    for name, figure in make_figures(rows, study.models(), metrics).items():
        yield f"{name}.svg", to_svg(figure, name).encode()


def _json(value: object) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()
