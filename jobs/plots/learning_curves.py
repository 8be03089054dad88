"""Loss and validation AUC of each model over the epochs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from jobs.common.types import Floats
from jobs.config.names import ALL, spoken
from jobs.evaluation.history import History
from jobs.plots.svg import ALL_DATA, SERIES


@dataclass(frozen=True)
class Line:
    """One model's values over the epochs, (E,) from epoch 1; `marked` is an epoch, or None."""

    model: str
    values: Floats
    dashed: bool = False
    marked: int | None = None


@dataclass(frozen=True)
class LearningCurvesDisplay:
    """A quantity of each model over the epochs.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import History
        >>> from jobs.plots import LearningCurvesDisplay
        >>> histories = {
        ...     "fold0": History(
        ...         loss=np.array([0.7, 0.5]),
        ...         validation_loss=np.array([0.6, 0.55]),
        ...         validation_auc=np.array([0.7, 0.8]),
        ...     )
        ... }
        >>> LearningCurvesDisplay.from_validation_aucs(histories).alt_text()
        'AUC on the validation fold over epochs: fold 0 ends at 0.80'
    """

    quantity: str
    lines: tuple[Line, ...]
    size: ClassVar[tuple[float, float]] = (4.4, 3.4)

    @classmethod
    def from_losses(cls, histories: Mapping[str, History]) -> "LearningCurvesDisplay":
        """Cross entropy in training, and dashed on the validation fold."""
        training = [Line(model, history.loss) for model, history in histories.items()]
        validation = [
            Line(model, history.validation_loss, dashed=True)
            for model, history in histories.items()
            if len(history.validation_loss)
        ]
        return cls("cross entropy", (*training, *validation))

    @classmethod
    def from_validation_aucs(cls, histories: Mapping[str, History]) -> "LearningCurvesDisplay":
        """The area under the ROC curve on the validation fold, with the best epoch marked."""
        lines = (
            Line(model, history.validation_auc, marked=history.best_epoch)
            for model, history in histories.items()
            if len(history.validation_auc)
        )
        return cls("AUC on the validation fold", tuple(lines))

    def draw(self, axes: Axes) -> None:
        """Draws all lines, a colour for each model."""
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

    def alt_text(self) -> str:
        """Where each line ends."""
        ends = (f"{spoken(line.model)} ends at {line.values[-1]:.2f}" for line in self.lines)
        return f"{self.quantity} over epochs: " + "; ".join(ends)
