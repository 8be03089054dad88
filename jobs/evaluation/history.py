"""history.csv: a model's loss and validation AUC over the epochs."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from jobs.common.errors import DataError
from jobs.common.types import Floats

COLUMNS = ("step", "epoch", "loss", "validation_loss", "validation_auc")

_AGAIN = "remove the model's folder in the run, then run mammo train again"


@dataclass(frozen=True)
class History:
    """A model's training, epoch by epoch, from epoch 1.

    Attributes:
        loss: (E,) cross entropy, the mean of each epoch's steps.
        validation_loss: (E,) at each epoch's end; (0,) for `all`, which has no validation fold.
        validation_auc: (E,) likewise.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import History
        >>> found = History(np.array([0.7, 0.5]), np.array([0.6, 0.7]), np.array([0.8, 0.75]))
        >>> found.best_epoch
        1
    """

    loss: Floats
    validation_loss: Floats
    validation_auc: Floats

    @property
    def best_epoch(self) -> int | None:
        """The first epoch with the largest validation AUC, whose weights are the best ones."""
        return 1 + int(np.argmax(self.validation_auc)) if len(self.validation_auc) else None


def read_history(path: Path) -> History:
    """Reads a history.csv, in which a row is a step and each epoch's last row has its validation.

    Raises:
        DataError: a column is missing, a value is not a number, or the epochs are not 1, 2, 3, ...

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from jobs.evaluation import read_history
        >>> text = "step,epoch,loss,validation_loss,validation_auc\\n1,1,0.7,,\\n2,1,0.5,0.6,0.8\\n"
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "history.csv"
        ...     _ = path.write_text(text, encoding="utf-8")
        ...     read_history(path).loss
        array([0.6])
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
            raise DataError(f"{where}: not a row of history.csv ({error}); {_AGAIN}") from error
    epochs = [0, *losses]
    if len(epochs) == 1 or any(after - before != 1 for before, after in pairwise(epochs)):
        raise DataError(f"{path}: epochs must be 1, 2, 3, ...; got {epochs[1:]}; {_AGAIN}")
    validation = np.array([ends[epoch] for epoch in sorted(ends)]).reshape(-1, 2)
    loss = np.array([np.mean(losses[epoch]) for epoch in losses])
    return History(loss, validation[:, 0], validation[:, 1])


def history_csv(rows: Iterable[tuple[float | str, ...]]) -> str:
    """The text of a history.csv: a row a step; validation figures on each epoch's last row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return text.getvalue()
