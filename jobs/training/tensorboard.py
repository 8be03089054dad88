"""A model's training for TensorBoard: graph, loss, weights, validation AUC."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from jobs.model import tf_runtime
from jobs.model.tf_runtime import Model
from jobs.training.state import Row


class TensorBoardLog:
    """Writes TensorBoard's event files into a folder."""

    def __init__(self, folder: Path | None) -> None:
        """Without a folder, nothing is written."""
        summary = tf_runtime.start().summary
        self._writer = (
            summary.create_file_writer(str(folder)) if folder else summary.create_noop_writer()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def graph(self, model: Model) -> None:
        """Writes the graph of a Keras model with one input."""
        tf = tf_runtime.start()
        traced = tf.function(model, autograph=False).get_concrete_function(
            tf.TensorSpec(model.input_shape, tf.float32)
        )
        with self._writer.as_default():
            tf.summary.graph(traced.graph)

    def epoch(self, rows: Sequence[Row], model: Model) -> None:
        """Writes an epoch's rows of history.csv, and the trainable weights at its end."""
        summary = tf_runtime.start().summary
        with self._writer.as_default():
            for step, _, loss, *_ in rows:
                summary.scalar("loss", loss, step=step)
            step, _, _, validation_loss, validation_auc = rows[-1]
            if validation_auc != "":
                summary.scalar("validation/loss", validation_loss, step=step)
                summary.scalar("validation/auc", validation_auc, step=step)
            for variable in model.trainable_variables:
                summary.histogram(variable.path, variable, step=step)

    def flush(self) -> None:
        """Writes buffered events to the disk, where a running TensorBoard finds them."""
        self._writer.flush()
