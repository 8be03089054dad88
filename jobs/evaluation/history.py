"""history.csv: how a model's loss and validation area went, read and drawn."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from jobs.common.errors import DataError
from jobs.config.names import ALL, spoken
from jobs.evaluation.bootstrap import Floats
from jobs.plots.svg import ALL_DATA, SERIES


@dataclass(frozen=True)
class History:
    """One model over its epochs, (E,) each, from epoch 1; validation is empty for `all`.

    `loss` is the mean of the epoch's steps.
    """

    loss: Floats
    validation_loss: Floats
    validation_auc: Floats

    @property
    def best_epoch(self) -> int | None:
        """The first epoch with the largest validation area, whose weights are the best ones."""
        return 1 + int(np.argmax(self.validation_auc)) if len(self.validation_auc) else None


def read_history(path: Path) -> History:
    """Reads a history.csv.

    Raises:
        DataError: a column is missing, a value is no number, or the epochs are not 1, 2, 3, ...
    """
    losses: defaultdict[int, list[float]] = defaultdict(list)
    ends: dict[int, tuple[float, float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        try:
            for row in reader:
                epoch = int(row["epoch"])
                losses[epoch].append(float(row["loss"]))
                if row["validation_auc"]:
                    ends[epoch] = float(row["validation_loss"]), float(row["validation_auc"])
        except (KeyError, TypeError, ValueError) as error:
            where = f"{path}:{reader.line_num}"
            raise DataError(f"{where}: not a row of a history ({error}); {_AGAIN}") from error
    epochs = [0, *losses]
    if len(epochs) == 1 or any(after - before != 1 for before, after in pairwise(epochs)):
        raise DataError(f"{path}: epochs must be 1, 2, 3, ...; got {epochs[1:]}; {_AGAIN}")
    validation = np.array([ends[epoch] for epoch in sorted(ends)]).reshape(-1, 2)
    loss = np.array([np.mean(losses[epoch]) for epoch in losses])
    return History(loss, validation[:, 0], validation[:, 1])


@dataclass(frozen=True)
class Line:
    """Values over epochs of one model, (E,) from epoch 1; `marked` is an epoch, or None."""

    model: str
    values: Floats
    dashed: bool = False
    marked: int | None = None


@dataclass(frozen=True)
class Curves:
    """A quantity of each model over epochs."""

    quantity: str
    lines: tuple[Line, ...]
    size = (4.4, 3.4)

    @classmethod
    def of_loss(cls, histories: Mapping[str, History]) -> "Curves":
        """Cross entropy in training, and dashed on the validation fold."""
        training = [Line(model, history.loss) for model, history in histories.items()]
        validation = [
            Line(model, history.validation_loss, dashed=True)
            for model, history in histories.items()
            if len(history.validation_loss)
        ]
        return cls("cross entropy", (*training, *validation))

    @classmethod
    def of_auc(cls, histories: Mapping[str, History]) -> "Curves":
        """The area on the validation fold, the best epoch marked."""
        lines = (
            Line(model, history.validation_auc, marked=history.best_epoch)
            for model, history in histories.items()
            if len(history.validation_auc)
        )
        return cls("area on the validation fold", tuple(lines))

    def draw(self, axes: Axes) -> None:
        names = list(dict.fromkeys(line.model for line in self.lines))
        for line in self.lines:
            colour = SERIES[names.index(line.model) % len(SERIES)]
            axes.plot(
                np.arange(1, len(line.values) + 1),
                line.values,
                color=ALL_DATA if line.model == ALL else colour,
                linewidth=1.3,
                linestyle=(0, (3, 2)) if line.dashed else "solid",
                label=None if line.dashed else spoken(line.model),
                marker="o" if line.marked else None,
                markevery=[line.marked - 1] if line.marked else None,
            )
        axes.set(xlabel="epoch", ylabel=self.quantity)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.figure.legend(loc="outside lower center", ncols=3, handlelength=1.2)

    def says(self) -> str:
        said = (f"{spoken(line.model)} ends at {line.values[-1]:.2f}" for line in self.lines)
        return f"{self.quantity} over epochs: " + "; ".join(said)


_AGAIN = "remove the model's folder in the run, then run mammo train again"


COLUMNS = ("step", "epoch", "loss", "validation_loss", "validation_auc")


def history_csv(rows: Iterable[tuple[float | str, ...]]) -> str:
    """The text of a history.csv: a row a step; validation figures on each epoch's last row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
