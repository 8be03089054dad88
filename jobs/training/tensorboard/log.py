"""A model's event files: one run of TensorBoard for the training, one for the validation.

With `--logdir ROOT/runs/<run>` the runs are called fold0 and fold0/validation. What both have under
one name, such as the loss, is drawn on one chart. The test set has no run: settings are compared in
TensorBoard, and nothing is chosen on the test set.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from sklearn.metrics import roc_curve

from jobs.common.types import Array
from jobs.evaluation.predictions import Prediction
from jobs.model import tf_runtime
from jobs.model.tf_runtime import Model
from jobs.training.state import Row

VALIDATION = "validation"
_AUC = "roc_auc"
_ROC = "roc/sensitivity at % false positives"
_PERCENT = np.arange(101)


class TensorBoardLog:
    """Writes TensorBoard's event files into a folder, those of the validation into one in it."""

    def __init__(self, folder: Path | None, validated: bool = True) -> None:
        """Opens the files.

        Args:
            folder: what the files go into; None to write nothing.
            validated: whether the model has a validation fold.
        """
        summary = tf_runtime.start().summary
        self._folder = folder
        self._training = self._validation = summary.create_noop_writer()
        if folder:
            self._training = summary.create_file_writer(str(folder))
        if folder and validated:
            self._validation = summary.create_file_writer(str(folder / VALIDATION))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._training.close()
            self._validation.close()
        except tf_runtime.start().errors.OpError as at_closing:
            if not (error or tf_runtime.disk_error(at_closing, self._folder)):
                raise
            error = error or at_closing
        if full := tf_runtime.disk_error(error, self._folder):
            raise full from error

    def settings(self, run: str, settings: Mapping[str, bool | int | float | str]) -> None:
        """Writes the hyperparameters, by name.

        TensorBoard's table of hyperparameters has one row for all models of a run, with the mean of
        their validation figures.
        """
        from tensorboard.plugins.hparams import api

        metrics = (
            api.Metric(_AUC, group=VALIDATION, display_name="validation AUC, last epoch"),
            api.Metric("loss", group=VALIDATION, display_name="validation loss, last epoch"),
        )
        with self._training.as_default():
            api.hparams_config(hparams=[api.HParam(name) for name in settings], metrics=metrics)
            api.hparams(dict(settings), trial_id=run)

    def graph(self, graph: Any) -> None:
        """Writes a GraphDef, as `graph.graph_of` gives it."""
        with self._training.as_default():
            tf_runtime.start().summary.graph(graph)

    def views(self, name: str, picture: Array) -> None:
        """Writes a picture of views: (rows, columns) float32 in [-1, 1]."""
        with self._training.as_default():
            shown = (picture[None, ..., None] + 1) / 2
            tf_runtime.start().summary.image(f"views/{name}", shown, step=0)

    def epoch(self, rows: Sequence[Row], model: Model) -> None:
        """Writes an epoch's rows of history.csv, and the trainable weights at its end."""
        summary = tf_runtime.start().summary
        step, _, _, validation_loss, validation_auc = rows[-1]
        with self._training.as_default():
            for each, _, loss, *_ in rows:
                summary.scalar("loss", loss, step=each)
            for variable in model.trainable_variables:
                summary.histogram(f"weights/{variable.path}", variable, step=step)
        if validation_auc != "":
            with self._validation.as_default():
                summary.scalar("loss", validation_loss, step=step)
                summary.scalar(_AUC, validation_auc, step=step)
        self._training.flush()
        self._validation.flush()

    def roc(self, predictions: Sequence[Prediction]) -> None:
        """Writes the ROC curve of the validation fold; a step is a percent of false positives."""
        sick, probability = zip(*((row.sick, row.probability) for row in predictions), strict=True)
        false, true, _ = roc_curve(sick, probability, drop_intermediate=False)
        reached = np.searchsorted(false, _PERCENT / 100, side="right") - 1
        with self._validation.as_default():
            for percent, sensitivity in zip(_PERCENT, true[reached], strict=True):
                tf_runtime.start().summary.scalar(_ROC, sensitivity, step=percent)
