"""Which parameters a score depends on."""

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import FrozenTrial

from jobs.search.importance import importances
from jobs.search.journal import VARIANT

optuna.logging.set_verbosity(optuna.logging.ERROR)


def trial(number: int, variant: str) -> FrozenTrial:
    """Its score is its rate; its decay has no say."""
    rate, decay = number / 40, (number * 7 % 40) / 40
    return optuna.trial.create_trial(
        params={VARIANT: variant, f"{variant}:rate": rate, f"{variant}:decay": decay},
        distributions={
            VARIANT: CategoricalDistribution(("local", "report")),
            f"{variant}:rate": FloatDistribution(0, 1),
            f"{variant}:decay": FloatDistribution(0, 1),
        },
        value=rate,
    )


def test_what_decides_has_the_larger_share():
    """Within each variant; the variant itself, of which it has one value, has none."""
    found = importances([trial(number, "local") for number in range(40)])
    assert set(found["local"]) == {"local:rate", "local:decay"}
    assert found["local"]["local:rate"] > 0.8
    assert sum(found["local"].values()) == pytest.approx(1)


def test_few_trials_tell_nothing():
    """A variant with fewer than eight is left out."""
    trials = [*(trial(n, "local") for n in range(8)), *(trial(n, "report") for n in range(7))]
    assert list(importances(trials)) == ["local"]
