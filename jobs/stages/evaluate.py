"""predictions -> figures. Reads runs/<run>/<model>/ of all; writes runs/<run>/evaluation/."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence

from jobs.artifacts.publish import Recipe, publish, up_to_date
from jobs.artifacts.run import EVALUATION, open_run
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


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Computes and draws the metrics of a run's models, from their predictions alone."""
    opened = open_run(options.root, options.run)
    models = opened.require_models()
    configuration = {"seed": opened.study.seed, "evaluate": plain(opened.study.evaluate)}
    inputs = {model: manifest.key for model, manifest in models.items()}
    recipe = Recipe("evaluate", inputs, configuration, FORMAT)
    folder = opened.folder / EVALUATION
    if up_to_date(folder, recipe, "remove it"):
        sys.stdout.write(f"{folder}: up to date\n")
        return
    paths = [opened.folder / model / "predictions.csv" for model in models]
    rows = [row for path in paths for row in read_predictions(path)]
    check_predictions(rows, list(models))
    with publish(folder, recipe) as draft:
        for name, content in _files(rows, opened.study, watch):
            (draft.folder / name).write_bytes(content)


def _files(rows: Sequence[Prediction], study: Study, watch: Watch) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the evaluation's files."""
    from jobs.evaluation.study_metrics import compute_study_metrics
    from jobs.plots.figures import make_figures
    from jobs.plots.svg import to_svg

    yield "predictions.csv", to_csv(rows)
    metrics = compute_study_metrics(
        rows,
        study.models(),
        seed=study.seed,
        replicates=study.evaluate.bootstrap,
        watch=watch,
    )
    yield "metrics.json", _json(metrics)
    for name, figure in make_figures(rows, study.models(), metrics).items():
        yield f"{name}.svg", to_svg(figure, name).encode()


def _json(value: object) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()
