"""The training loop under tf.distribute: steps, epochs, the best and the last weights, resuming."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import log_loss, roc_auc_score

from jobs.common.errors import ConfigError
from jobs.common.types import Array, Floats, Tensor
from jobs.model import tf_runtime
from jobs.model.classifier import AnyClassifier
from jobs.model.trained import TrainedModel, sigmoid
from jobs.training.batches import BatchLoader
from jobs.training.inputs import InputSource
from jobs.training.state import Row, TrainingState, Weights, load_state, save_state
from jobs.training.tensorboard.log import TensorBoardLog


class Trainer:
    """One model's training. Its result depends only on the study, the training set and the inputs.

    Attributes:
        model: the model that is trained, with its weights so far.
    """

    def __init__(
        self, build: Callable[[], AnyClassifier], batches: BatchLoader, work: Path
    ) -> None:
        """`build` makes the classifier; the chief's state is kept in `work`."""
        tf = tf_runtime.start()
        self.study, self.training_set, self.work = batches.study, batches.training_set, work
        self._batches, self._replicas = batches, batches.replicas
        with self._replicas.scope():
            self.model = TrainedModel(self.study, build())
            self._trained = self.model.classifier.trained
            train = self.study.train
            self._optimizer = tf.keras.optimizers.Adam(
                train.learning_rate, weight_decay=train.weight_decay or None
            )
            self._optimizer.build(self._trained.trainable_variables)
        self._step = tf.function(self._distributed_step, reduce_retracing=True, autograph=False)

    @property
    def source(self) -> InputSource:
        """Where the model's inputs come from."""
        return self._batches.source

    def run(self, after_epoch: Callable[[int], None], log: TensorBoardLog) -> TrainingState:
        """Trains to the last epoch; resumes after the last one that an earlier call finished.

        Args:
            after_epoch: called with the number of finished epochs, each time it grows.
            log: what each epoch is written to.

        Raises:
            ConfigError: the weights diverged.
        """
        state = self._resume()
        epochs = range(state.epoch + 1, self.study.train.epochs + 1)
        with self._batches.batches(epochs) as batches:
            for epoch in epochs:
                rows = self._epoch(epoch, state, batches)
                state.close_epoch(rows, self._trained.get_weights(), self._adam())
                log.epoch(rows, self._trained)
                if self._replicas.chief:
                    save_state(self.work, state)
                after_epoch(epoch)
        # No peer ends before the chief has saved the last epoch.
        self._replicas.broadcast_from_chief([])
        return state

    def probabilities(self, weights: Weights, image_ids: Sequence[str]) -> Floats:
        """The probability of sick of each image's untouched view: (n,) float64 in [0, 1].

        Raises:
            ConfigError: the weights diverged.
        """
        self.model.set_weights(weights)
        return self._predict(image_ids)

    def save_weights(self, weights: Weights, path: Path) -> None:
        """Writes weights of the trained part as Keras's `.weights.h5`."""
        self.model.set_weights(weights)
        tf_runtime.save_weights(self._trained, path)

    def _epoch(self, epoch: int, state: TrainingState, batches: Iterator[Tensor]) -> list[Row]:
        rows: list[Row] = []
        for _ in range(self._batches.steps_per_epoch):
            wait_start = time.monotonic()
            batch = next(batches)
            step_start = time.monotonic()
            loss = float(self._step(*batch))
            state.waited += step_start - wait_start
            state.stepped += time.monotonic() - step_start
            rows.append((len(state.history) + len(rows) + 1, epoch, loss, "", ""))
        if self.training_set.validation:
            rows[-1] = (*rows[-1][:3], *self._validate())
        return rows

    def _distributed_step(self, *batch: Tensor) -> Tensor:
        return self._replicas.sum(self._replica_step, batch)

    def _replica_step(self, inputs: Tensor, labels: Mapping[str, Tensor], weight: Tensor) -> Tensor:
        """One replica's share of the loss's mean over the global batch."""
        tf = tf_runtime.start()
        variables = self._trained.trainable_variables
        step = self._optimizer.iterations
        with tf.GradientTape() as tape:
            loss = self.model.classifier.loss(inputs, labels, step) * weight
        gradients = tape.gradient(loss, variables)
        self._optimizer.apply_gradients(zip(gradients, variables, strict=True))
        return loss

    def _validate(self) -> tuple[float, float]:
        ids = self.training_set.validation
        truth = [self.training_set.sick[image_id] for image_id in ids]
        probabilities = self._predict(ids)
        return float(log_loss(truth, probabilities)), float(roc_auc_score(truth, probabilities))

    def _predict(self, image_ids: Sequence[str]) -> Floats:
        with self._batches.untouched(image_ids) as batches:
            logits = self.model.logits_of_inputs(batches)
        if not np.isfinite(logits).all():
            raise ConfigError(
                f"train.learning_rate must let {self.training_set.name} converge; with "
                f"{self.study.train.learning_rate} its weights became NaN or infinite: set a "
                "smaller one, and name a new --run"
            )
        return sigmoid(logits)

    def _resume(self) -> TrainingState:
        """The chief's saved state; afterwards all peers have its epoch and weights."""
        state = load_state(self.work) if self._replicas.chief else TrainingState()
        if state.epoch:
            self._assign([*state.weights, *state.optimizer])
        mine = [np.int64(state.epoch), *self._trained.get_weights(), *self._adam()]
        epoch, *values = self._replicas.broadcast_from_chief(mine)
        state.epoch = int(epoch)
        self._assign(values)
        return state

    def _assign(self, values: Sequence[Array]) -> None:
        variables = [*self._trained.weights, *self._optimizer.variables]
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)

    def _adam(self) -> Weights:
        return [variable.numpy() for variable in self._optimizer.variables]
