"""Where a training stands at an epoch's end: all that a resumed run needs, in one file."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from jobs.artifacts.publish import write_atomically

Weights = list[np.ndarray]
Row = tuple[float | str, ...]
"""A row of history.csv: a step, or an epoch's last one with its validation figures."""

HISTORY_COLUMNS = ("step", "epoch", "loss", "validation_loss", "validation_auc")
_FILE = "state.npz"
_LISTS = ("weights", "optimizer", "best")


@dataclass
class Standing:
    """Where training stands.

    Attributes:
        epoch: how many are finished.
        weights: what is trained, as it is now.
        optimizer: its variables.
        best: the weights of the first epoch with the highest validation AUC.
        best_auc: that AUC.
        history: a row a step so far.
        waited: seconds in which the step had no views to work on.
        stepped: seconds in the steps themselves.
    """

    epoch: int = 0
    weights: Weights = field(default_factory=list)
    optimizer: Weights = field(default_factory=list)
    best: Weights = field(default_factory=list)
    best_auc: float = -1.0
    history: list[Row] = field(default_factory=list)
    waited: float = 0.0
    stepped: float = 0.0

    def history_csv(self) -> str:
        """history.csv: a row a step; validation figures on each epoch's last row."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(HISTORY_COLUMNS)
        writer.writerows(self.history)
        return text.getvalue()

    def close_epoch(self, rows: list[Row], weights: Weights, optimizer: Weights) -> None:
        """Counts one more epoch, whose last row says how well it did."""
        self.epoch += 1
        self.history += rows
        self.weights, self.optimizer = weights, optimizer
        auc = rows[-1][4]
        if auc == "":
            self.best = weights
        elif float(auc) > self.best_auc:
            self.best, self.best_auc = weights, float(auc)


def save(work: Path, standing: Standing) -> None:
    """Keeps it in `work` in place of the epoch's before."""
    arrays: dict[str, Any] = {
        name: getattr(standing, name) for name in ("epoch", "best_auc", "waited", "stepped")
    }
    for name in _LISTS:
        for i, array in enumerate(getattr(standing, name)):
            arrays[f"{name}.{i:03d}"] = array
    arrays["history"] = np.array([[str(value) for value in row] for row in standing.history])
    content = io.BytesIO()
    np.savez(content, **arrays)
    write_atomically(work / _FILE, content.getvalue())


def load(work: Path) -> Standing:
    """What was kept in `work`; the very beginning where nothing was."""
    if not (work / _FILE).exists():
        return Standing()
    with np.load(work / _FILE, allow_pickle=False) as state:
        return Standing(
            epoch=int(state["epoch"]),
            best_auc=float(state["best_auc"]),
            waited=float(state["waited"]),
            stepped=float(state["stepped"]),
            history=[_row(row) for row in state["history"].tolist()],
            **{
                name: [state[key] for key in sorted(state) if key.startswith(f"{name}.")]
                for name in _LISTS
            },
        )


def _row(row: list[str]) -> Row:
    step, epoch, loss, *validation = row
    return int(step), int(epoch), float(loss), *(float(v) if v else "" for v in validation)
