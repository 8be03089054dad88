"""What TensorBoard shows of a model's training: graph, loss, weights, validation AUC."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jobs import tf_runtime


class Board:
    """Writes TensorBoard's event files into a folder."""

    def __init__(self, folder: Path) -> None:
        self._writer = tf_runtime.start().summary.create_file_writer(str(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def graph(self, function: Any, shape: Sequence[int]) -> None:
        """The graph of a tf.function that takes features of one view's `shape`."""
        tf = tf_runtime.start()
        traced = function.get_concrete_function(tf.TensorSpec((None, *shape), tf.float32))
        with self._writer.as_default():
            tf.summary.graph(traced.graph)

    def epoch(self, rows: Sequence[tuple[float | str, ...]], head: Any) -> None:
        """An epoch's rows of history.csv, and the weights at its end."""
        summary = tf_runtime.start().summary
        with self._writer.as_default():
            for step, _, loss, *_ in rows:
                summary.scalar("loss", loss, step=step)
            step, _, _, validation_loss, validation_auc = rows[-1]
            if validation_auc != "":
                summary.scalar("validation/loss", validation_loss, step=step)
                summary.scalar("validation/auc", validation_auc, step=step)
            for variable in head.trainable_variables:
                summary.histogram(variable.path, variable, step=step)

    def flush(self) -> None:
        """Makes what was written readable to a TensorBoard that is looking."""
        self._writer.flush()
