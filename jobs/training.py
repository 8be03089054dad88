"""The training loop under tf.distribute: steps, epochs, the best and the last weights, resuming."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from jobs import tf_runtime
from jobs.artifacts import write_whole
from jobs.board import Board
from jobs.config import Study
from jobs.features import Features, View
from jobs.head import build_head
from jobs.randomness import key_seed, rng

Weights = list[np.ndarray]
HISTORY_COLUMNS = ("step", "epoch", "loss", "validation_loss", "validation_auc")
_STATE = "state.npz"
_PREDICTION_BATCH = 64


@dataclass(frozen=True)
class Lesson:
    """What one model learns from and is watched on.

    Attributes:
        name: fold0, fold1, ... or all.
        training: ids of the images that it trains on.
        validation: ids of the images that it is watched on; none for `all`.
        sick: image id -> whether it is sick.
    """

    name: str
    training: Sequence[str]
    validation: Sequence[str]
    sick: dict[str, bool]


@dataclass
class Progress:
    """Where training stands at an epoch's end; all that a resumed run needs."""

    epoch: int = 0
    weights: Weights = field(default_factory=list)
    optimizer: Weights = field(default_factory=list)
    best: Weights = field(default_factory=list)
    best_auc: float = -1.0
    history: list[tuple[float | str, ...]] = field(default_factory=list)


class Trainer:
    """One model's training. What it comes to depends on the study, the lesson and the features."""

    def __init__(self, study: Study, lesson: Lesson, features: Features, work: Path) -> None:
        """`work` keeps the state of the last finished epoch, and TensorBoard's files."""
        self._study, self._lesson, self._features, self._work = study, lesson, features, work
        self._strategy = tf_runtime.strategy()
        tf = tf_runtime.start()
        seed = key_seed(study.seed, "head", lesson.name) % 2**31
        with self._strategy.scope():
            self._head = build_head(study.head, features.shape, seed)
            self._optimizer = tf.keras.optimizers.Adam(study.train.learning_rate)
            self._optimizer.build(self._head.trainable_variables)
        self._step = tf.function(self._distributed_step, reduce_retracing=True)
        self._logits = tf.function(self._head, reduce_retracing=True)

    def run(self, after_epoch: Callable[[int], None]) -> Progress:
        """Trains to the last epoch, from where an earlier call was stopped.

        Args:
            after_epoch: called with the number of finished epochs, each time it grows.
        """
        progress = self._resumed()
        with Board(self._work / "tensorboard") as board:
            if progress.epoch == 0:
                board.graph(self._logits, self._features.shape)
            for epoch in range(progress.epoch + 1, self._study.train.epochs + 1):
                rows = self._epoch(epoch, len(progress.history))
                self._note_epoch(progress, epoch, rows)
                board.epoch(rows, self._head)
                board.flush()
                _save(self._work / _STATE, progress)
                after_epoch(epoch)
        return progress

    def probabilities(self, weights: Weights, image_ids: Sequence[str]) -> np.ndarray:
        """The probability of sick of each image's untouched view: (n,) float64 in [0, 1]."""
        self._head.set_weights(weights)
        return _sigmoid(self._predict(image_ids))

    def save_weights(self, weights: Weights, path: Path) -> None:
        """Writes weights as Keras's `.weights.h5`."""
        self._head.set_weights(weights)
        tf_runtime.save_weights(self._head, path)

    def _epoch(self, epoch: int, steps_before: int) -> list[tuple[float | str, ...]]:
        views = self._features.views(self._lesson.training)
        order = rng(self._study.seed, "order", self._lesson.name, epoch).permutation(len(views))
        size = self._study.train.batch
        rows: list[tuple[float | str, ...]] = []
        for start in range(0, len(views), size):
            loss = self._train_on([views[i] for i in order[start : start + size]])
            rows.append((steps_before + len(rows) + 1, epoch, loss, "", ""))
        if self._lesson.validation:
            rows[-1] = (*rows[-1][:3], *self._validate())
        return rows

    def _train_on(self, views: Sequence[View]) -> float:
        tf = tf_runtime.start()
        batch = self._features.batch(views)
        labels = np.array([self._lesson.sick[view.image_id] for view in views], np.float32)
        count = self._strategy.num_replicas_in_sync

        def share(context: Any) -> tuple[Any, Any]:
            own = slice(context.replica_id_in_sync_group, None, count)
            return tf.constant(batch[own]), tf.constant(labels[own])

        given = self._strategy.experimental_distribute_values_from_function(share)
        return float(self._step(*given, tf.constant(len(views), tf.float32)))

    def _distributed_step(self, features: Any, labels: Any, total: Any) -> Any:
        tf = tf_runtime.start()
        losses = self._strategy.run(self._replica_step, (features, labels, total))
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, losses, axis=None)

    def _replica_step(self, features: Any, labels: Any, total: Any) -> Any:
        """One replica's share of the cross entropy's mean over the global batch."""
        tf = tf_runtime.start()
        with tf.GradientTape() as tape:
            logits = self._head(tf.cast(features, tf.float32), training=True)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_sum(losses) / total
        gradients = tape.gradient(loss, self._head.trainable_variables)
        self._optimizer.apply_gradients(zip(gradients, self._head.trainable_variables, strict=True))
        return loss

    def _validate(self) -> tuple[float, float]:
        ids = self._lesson.validation
        truth = [self._lesson.sick[image_id] for image_id in ids]
        probabilities = _sigmoid(self._predict(ids))
        return float(log_loss(truth, probabilities)), float(roc_auc_score(truth, probabilities))

    def _predict(self, image_ids: Sequence[str]) -> np.ndarray:
        tf = tf_runtime.start()
        untouched = [View(image_id, 0) for image_id in image_ids]
        parts = range(0, len(untouched), _PREDICTION_BATCH)
        batches = (self._features.batch(untouched[i : i + _PREDICTION_BATCH]) for i in parts)
        logits = [self._logits(tf.cast(batch, tf.float32)).numpy() for batch in batches]
        return np.concatenate(logits).astype(np.float64)

    def _note_epoch(
        self, progress: Progress, epoch: int, rows: list[tuple[float | str, ...]]
    ) -> None:
        progress.epoch = epoch
        progress.history += rows
        progress.weights = self._head.get_weights()
        progress.optimizer = [variable.numpy() for variable in self._optimizer.variables]
        auc = rows[-1][4]
        if auc == "":
            progress.best = progress.weights
        elif float(auc) > progress.best_auc:
            progress.best, progress.best_auc = progress.weights, float(auc)

    def _resumed(self) -> Progress:
        progress = _load(self._work / _STATE)
        if progress.epoch:
            self._head.set_weights(progress.weights)
            for variable, value in zip(self._optimizer.variables, progress.optimizer, strict=True):
                variable.assign(value)
        return progress


def history_csv(progress: Progress) -> str:
    """history.csv: a row a step; validation figures on each epoch's last row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HISTORY_COLUMNS)
    writer.writerows(progress.history)
    return text.getvalue()


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def _save(path: Path, progress: Progress) -> None:
    arrays: dict[str, Any] = {"epoch": progress.epoch, "best_auc": progress.best_auc}
    for name in ("weights", "optimizer", "best"):
        for i, array in enumerate(getattr(progress, name)):
            arrays[f"{name}.{i:03d}"] = array
    arrays["history"] = np.array([[str(value) for value in row] for row in progress.history])
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_whole(path, content.getvalue())


def _load(path: Path) -> Progress:
    if not path.exists():
        return Progress()
    with np.load(path, allow_pickle=False) as state:
        lists = {
            name: [state[key] for key in sorted(state) if key.startswith(f"{name}.")]
            for name in ("weights", "optimizer", "best")
        }
        history = [_history_row(row) for row in state["history"].tolist()]
        return Progress(
            epoch=int(state["epoch"]), best_auc=float(state["best_auc"]), history=history, **lists
        )


def _history_row(row: list[str]) -> tuple[float | str, ...]:
    step, epoch, loss, *validation = row
    return int(step), int(epoch), float(loss), *(float(v) if v else "" for v in validation)
