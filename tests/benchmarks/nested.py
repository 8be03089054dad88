"""How much the exam's weights flatter, as the models behind them were trained on the held-out fold.

    python -m tests.benchmarks.nested ROOT/runs/RUN

The run is trained on stored features, which are still there. In the study, the weights for fold k
are fitted on the scores of models that were trained on fold k. Here a model is trained for each
pair of folds, without both; for fold k, fold j's scores come from the model without j and k. Both
variants score fold k by the same model. Prints the AUC out of fold, mean of folds, of each image
alone and of both variants. Its time is that of K (K - 1) / 2 trainings.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import PREDICTIONS
from jobs.artifacts.run import Run, open_run
from jobs.common.progress import silent
from jobs.config.names import ALL, LAST, VALIDATION
from jobs.data.dataset import Dataset, open_dataset
from jobs.data.training_set import TrainingSet, select_training_set
from jobs.evaluation.contexts import score_contexts
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.metrics import estimate_metric
from jobs.evaluation.nested_context import nested_context
from jobs.evaluation.predictions import Prediction, read_predictions, select
from jobs.evaluation.rows import EXAM
from jobs.model import tf_runtime
from jobs.training.batches import BatchLoader
from jobs.training.distributed.peers import ALONE
from jobs.training.distributed.replicas import Replicas
from jobs.training.loop import Trainer
from jobs.training.plan import training_mode
from jobs.training.tensorboard.log import TensorBoardLog

Rows = Sequence[Prediction]


def main() -> None:
    """Prints a row for each variant."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path, metavar="ROOT/runs/RUN")
    options = parser.parse_args()
    run = open_run(options.run.resolve().parent.parent, options.run.name)
    models = run.study.models()
    folders = [run.folder.model(model).folder for model in models]
    rows = [row for folder in folders for row in read_predictions(folder / PREDICTIONS)]
    alone, *_, exam = score_contexts(rows, models, EXAM)
    held_out = {fold: _held_out(rows, fold) for fold in models if fold != ALL}
    pairs = dict(pair_scores(run, held_out))
    print_aucs("each image alone", {fold: _held_out(alone.rows, fold) for fold in held_out})
    print_aucs("with the exam", {fold: _held_out(exam.rows, fold) for fold in held_out})
    nested = nested_context(held_out, pairs, EXAM)
    print_aucs("with the exam, nested", {fold: _held_out(nested, fold) for fold in held_out})


def _held_out(rows: Rows, fold: str) -> Rows:
    return select(rows, weights=LAST, split=VALIDATION, model=fold)


def pair_scores(
    run: Run, held_out: Mapping[str, Rows]
) -> Iterator[tuple[tuple[str, str], list[Prediction]]]:
    """For each two folds, the scores of both by a model that was trained without them."""
    dataset = open_dataset(run.root.path, run.study)
    for one, other in combinations(held_out, 2):
        scored = dict(train_without(run, dataset, (one, other)))
        for scored_fold, fold in ((one, other), (other, one)):
            yield (
                (scored_fold, fold),
                [replace(row, probability=scored[row.image_id]) for row in held_out[scored_fold]],
            )


def train_without(
    run: Run, dataset: Dataset, folds: tuple[str, str]
) -> Iterator[tuple[str, float]]:
    """Trains as the study does, without two folds: the probability of each of their images."""
    everything = select_training_set(run.study, dataset, ALL)
    ids = [image_id for fold in folds for image_id in sorted(dataset.splits[fold])]
    training_set = TrainingSet(
        name="+".join(folds),
        training=[image_id for image_id in everything.training if image_id not in set(ids)],
        validation=[],
        sick=everything.sick,
    )
    replicas = Replicas(tf_runtime.strategy(), ALONE)
    mode = training_mode(run.root, run.study, dataset)
    with (
        tempfile.TemporaryDirectory() as work,
        mode.open(training_set, replicas, silent) as inputs,
        TensorBoardLog(None) as log,
    ):
        batches = BatchLoader(inputs.source, run.study, training_set, replicas)
        trainer = Trainer(inputs.build, batches, Path(work))
        state = trainer.run(lambda epoch: None, log)
        yield from zip(ids, trainer.probabilities(state.weights, ids).tolist(), strict=True)


def print_aucs(name: str, folds: Mapping[str, Rows]) -> None:
    """The mean of the folds' AUCs at each level."""
    means = []
    for level in LEVELS:
        areas = [
            estimate_metric(rows, "auc", level=level, replicates=100) for rows in folds.values()
        ]
        means.append(np.mean([area.value for area in areas]))
    texts = (f"{level} {mean:.3f}" for level, mean in zip(LEVELS, means, strict=True))
    print(f"{name:24s}{', '.join(texts)}")


if __name__ == "__main__":
    main()
