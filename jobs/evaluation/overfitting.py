"""Whether training went on for too long: the validation loss against its own least value."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from jobs.evaluation.history import History


def describe_training(histories: Mapping[str, History]) -> dict[str, Any]:
    """The losses of each fold model, as metrics.json holds them.

    `generalisation_loss` is Prechelt's (1998, Early stopping - but when?): by which share the
    validation loss of the last epoch lies above the least one so far. `fell_on` says whether the
    training loss still fell after the epoch of that least validation loss.

    Args:
        histories: of each model, by its name; `all` has no validation fold, and is left out.

    Examples:
        >>> import numpy as np
        >>> from jobs.evaluation import History
        >>> from jobs.evaluation.overfitting import describe_training
        >>> history = History(np.array([0.7, 0.5, 0.2]), np.array([0.6, 0.5, 0.6]), np.zeros(3))
        >>> found = describe_training({"fold0": history})["fold0"]
        >>> found["least_epoch"], round(found["generalisation_loss"], 2), found["fell_on"]
        (2, 0.2, True)
    """
    return {
        model: _describe(history)
        for model, history in histories.items()
        if len(history.validation_loss)
    }


def _describe(history: History) -> dict[str, Any]:
    least = int(np.argmin(history.validation_loss))
    last_loss, least_loss = (float(history.validation_loss[epoch]) for epoch in (-1, least))
    return {
        "epochs": len(history.validation_loss),
        "least_epoch": least + 1,
        "least_validation_loss": least_loss,
        "last_validation_loss": last_loss,
        "generalisation_loss": last_loss / least_loss - 1 if least_loss > 0 else 0.0,
        "fell_on": bool(history.loss[-1] < history.loss[least]),
    }
