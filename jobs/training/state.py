"""The state of a training at an epoch's end: all that a resumed run needs, in one file."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from jobs.common.atomic_write import write_atomically
from jobs.common.types import Array

Weights = list[Array]
Row = tuple[float | str, ...]
"""A row of history.csv: a step, or an epoch's last one with its validation figures."""

_FILE = "state.npz"
_LISTS = ("weights", "optimizer", "best")


@dataclass
class TrainingState:
    """The state of a training.

    Attributes:
        epoch: how many epochs are finished.
        weights: the weights of the trained part after them.
        optimizer: the optimizer's variables.
        best: the weights of the first epoch with the highest validation AUC.
        best_auc: that AUC.
        history: one row for each step so far.
        waited: seconds spent waiting for inputs.
        stepped: seconds spent in the steps themselves.
    """

    epoch: int = 0
    weights: Weights = field(default_factory=list)
    optimizer: Weights = field(default_factory=list)
    best: Weights = field(default_factory=list)
    best_auc: float = -1.0
    history: list[Row] = field(default_factory=list)
    waited: float = 0.0
    stepped: float = 0.0

    def close_epoch(self, rows: list[Row], weights: Weights, optimizer: Weights) -> None:
        """Adds one more epoch, whose last row has its validation figures."""
        self.epoch += 1
        self.history += rows
        self.weights, self.optimizer = weights, optimizer
        auc = rows[-1][4]
        if auc == "":
            self.best = weights
        elif float(auc) > self.best_auc:
            self.best, self.best_auc = weights, float(auc)


def save_state(work: Path, state: TrainingState) -> None:
    """Saves the state in `work`, in place of an earlier one."""
    arrays: dict[str, Any] = {
        name: getattr(state, name) for name in ("epoch", "best_auc", "waited", "stepped")
    }
    for name in _LISTS:
        for i, array in enumerate(getattr(state, name)):
            arrays[f"{name}.{i:03d}"] = array
    arrays["history"] = np.array([[str(value) for value in row] for row in state.history])
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_atomically(work / _FILE, content.getvalue())


def load_state(work: Path) -> TrainingState:
    """The state that was saved in `work`; a new one if there is none."""
    if not (work / _FILE).exists():
        return TrainingState()
    with np.load(work / _FILE, allow_pickle=False) as saved:
        return TrainingState(
            epoch=int(saved["epoch"]),
            best_auc=float(saved["best_auc"]),
            waited=float(saved["waited"]),
            stepped=float(saved["stepped"]),
            history=[_row(row) for row in saved["history"].tolist()],
            **{
                name: [saved[key] for key in sorted(saved) if key.startswith(f"{name}.")]
                for name in _LISTS
            },
        )


def _row(row: list[str]) -> Row:
    step, epoch, loss, *validation = row
    return int(step), int(epoch), float(loss), *(float(v) if v else "" for v in validation)
