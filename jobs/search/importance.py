"""Which parameters the score of a trial depends on."""

import warnings
from collections.abc import Sequence

import optuna
from optuna.trial import FrozenTrial

from jobs.search.journal import VARIANT

_FEWEST = 8  # complete trials of a variant


def importances(complete: Sequence[FrozenTrial]) -> dict[str, dict[str, float]]:
    """By variant and parameter: the share of it in how scores differ, by PED-ANOVA.

    Watanabe et al., IJCAI 2023: how far the better trials' values of a parameter differ from all
    trials'. A variant with too few complete trials is left out, and a parameter with one value.
    """
    found = {}
    for variant in sorted({trial.params.get(VARIANT, "") for trial in complete}):
        own = [trial for trial in complete if trial.params.get(VARIANT, "") == variant]
        varied = [
            name
            for name in own[0].params
            if len({repr(trial.params.get(name)) for trial in own}) > 1
        ]
        if len(own) < _FEWEST or not varied:
            continue
        study = optuna.create_study(direction="maximize")
        study.add_trials(own)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            found[variant] = dict(optuna.importance.get_param_importances(study, params=varied))
    return found
