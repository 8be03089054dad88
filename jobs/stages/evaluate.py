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
from jobs.evaluation.predictions import Prediction, check_predictions, read_predictions, to_csv

FORMAT = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo evaluate`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Measures and draws what the models of a run predict, from their predictions alone."""
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
    """The names and contents of all that the figures are."""
    from jobs.evaluation.metrics import evaluate
    from jobs.plots.figures import figures_of
    from jobs.plots.svg import svg

    yield "predictions.csv", to_csv(rows)
    found = evaluate(
        rows,
        study.models(),
        seed=study.seed,
        replicates=study.evaluate.bootstrap,
        watch=watch,
    )
    yield "metrics.json", _json(found)
    for name, figure in figures_of(rows, study.models(), found).items():
        yield f"{name}.svg", svg(figure, name).encode()


def _json(value: object) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()
