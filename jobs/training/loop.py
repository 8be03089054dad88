"""The training loop under tf.distribute: steps, epochs, the best and the last weights, resuming."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from jobs.common.errors import ConfigError
from jobs.model import tf_runtime
from jobs.model.classifier import Learner
from jobs.training import state
from jobs.training.batches import Feed
from jobs.training.state import Row, Standing, Weights
from jobs.training.tensorboard import Board


class Trainer:
    """One model's training. Its result depends on the study, the training set and the inputs."""

    def __init__(self, build: Callable[[], Learner], feed: Feed, work: Path) -> None:
        """`build` makes the network; `work` keeps the chief's state and TensorBoard's files."""
        tf = tf_runtime.start()
        self.study, self.training_set, self.work = feed.study, feed.training_set, work
        self._feed, self._replicas = feed, feed.replicas
        with self._replicas.scope():
            self._learner = build()
            self._trained = self._learner.trained
            self._optimizer = tf.keras.optimizers.Adam(self.study.train.learning_rate)
            self._optimizer.build(self._trained.trainable_variables)
        self._step = tf.function(self._distributed_step, reduce_retracing=True, autograph=False)
        self._logits = tf.function(
            self._learner.logits, input_signature=[self._learner.takes], autograph=False
        )

    def run(self, after_epoch: Callable[[int], None]) -> Standing:
        """Trains to the last epoch, from where an earlier call was stopped.

        Args:
            after_epoch: called with the number of finished epochs, each time it grows.

        Raises:
            PeerError: another worker is gone.
            ConfigError: the weights diverged.
        """
        with self._replicas.peers_wanted():
            reached = self._resumed()
            epochs = range(reached.epoch + 1, self.study.train.epochs + 1)
            with self._feed.batches(epochs) as batches, Board(self._board()) as board:
                if reached.epoch == 0:
                    board.graph(self._trained)
                for epoch in epochs:
                    rows = self._epoch(epoch, reached, batches)
                    reached.close_epoch(rows, self._trained.get_weights(), self._adam())
                    board.epoch(rows, self._trained)
                    board.flush()
                    if self._replicas.chief:
                        state.save(self.work, reached)
                    after_epoch(epoch)
            self._replicas.chiefs([])  # none ends before the chief has kept the last epoch
        return reached

    def probabilities(self, weights: Weights, image_ids: Sequence[str]) -> np.ndarray:
        """The probability of sick of each image's untouched view: (n,) float64 in [0, 1]."""
        self._trained.set_weights(weights)
        return self._predict(image_ids)

    def save_weights(self, weights: Weights, path: Path) -> None:
        """Writes weights of what is trained as Keras's `.weights.h5`."""
        self._trained.set_weights(weights)
        tf_runtime.save_weights(self._trained, path)

    def _epoch(self, epoch: int, reached: Standing, batches: Iterator[Any]) -> list[Row]:
        rows: list[Row] = []
        for _ in range(self._feed.steps()):
            asked = time.monotonic()
            batch = next(batches)
            given = time.monotonic()
            loss = float(self._step(*batch))
            reached.waited += given - asked
            reached.stepped += time.monotonic() - given
            rows.append((len(reached.history) + len(rows) + 1, epoch, loss, "", ""))
        if self.training_set.validation:
            rows[-1] = (*rows[-1][:3], *self._validate())
        return rows

    def _distributed_step(self, *batch: Any) -> Any:
        return self._replicas.sum(self._replica_step, batch)

    def _replica_step(self, inputs: Any, labels: Any, weight: Any) -> Any:
        """One replica's share of the cross entropy's mean over the global batch."""
        tf = tf_runtime.start()
        variables = self._trained.trainable_variables
        with tf.GradientTape() as tape:
            logits = self._learner.logits(inputs, training=True)
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_sum(losses) * weight
        gradients = tape.gradient(loss, variables)
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return loss

    def _validate(self) -> tuple[float, float]:
        ids = self.training_set.validation
        truth = [self.training_set.sick[image_id] for image_id in ids]
        probabilities = self._predict(ids)
        return float(log_loss(truth, probabilities)), float(roc_auc_score(truth, probabilities))

    def _predict(self, image_ids: Sequence[str]) -> np.ndarray:
        with self._feed.untouched(image_ids) as parts:
            logits = np.concatenate([self._logits(part).numpy() for part in parts])
        if not np.isfinite(logits).all():
            raise ConfigError(
                f"train.learning_rate must let {self.training_set.name} converge; with "
                f"{self.study.train.learning_rate} its weights are no numbers any more: set a "
                "smaller one, and name a new --run"
            )
        return 1 / (1 + np.exp(-logits.astype(np.float64)))

    def _resumed(self) -> Standing:
        """Where the chief left off, with its weights on all workers."""
        reached = state.load(self.work) if self._replicas.chief else Standing()
        if reached.epoch:
            self._assign([*reached.weights, *reached.optimizer])
        mine = [np.int64(reached.epoch), *self._trained.get_weights(), *self._adam()]
        epoch, *values = self._replicas.chiefs(mine)
        reached.epoch = int(epoch)
        self._assign(values)
        return reached

    def _assign(self, values: Sequence[np.ndarray]) -> None:
        variables = [*self._trained.weights, *self._optimizer.variables]
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _adam(self) -> Weights:
        return [variable.numpy() for variable in self._optimizer.variables]

    def _board(self) -> Path | None:
        return self.work / "tensorboard" if self._replicas.chief else None
