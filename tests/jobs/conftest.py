"""Synthetic predictions: of patients with effects of their own, by models better than chance."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings

from jobs.predictions import ALL, BEST, LAST, TEST, VALIDATION, Prediction

settings.register_profile("untimed", deadline=None, max_examples=50)
settings.load_profile("untimed")

Maker = Callable[..., tuple[Prediction, ...]]
_HEALTHY = ("1", "2", "2", "2", "3")
_SICK = ("4a", "4b", "4c", "5", "5", "6")


def predictions_of(
    *, patients: int = 48, folds: int = 3, seed: int = 7, strength: float = 1.2
) -> tuple[Prediction, ...]:
    """Rows of a whole study: every third patient is sick in one breast; four images each."""
    rng = np.random.default_rng(seed)
    models = [f"fold{k}" for k in range(folds)]
    rows = []
    for number in range(patients):
        place = [*models, TEST][number // 3 % (folds + 1)]
        patient = f"{rng.integers(2**63):016x}"
        ill = rng.choice(["L", "R"]) if number % 3 == 0 else None
        effect, density = rng.normal(0, 0.5), int(rng.integers(1, 5)) if number else None
        for image, (side, view) in enumerate(("L", v) if i < 2 else ("R", v) for i, v in _VIEWS):
            birads = str(rng.choice(_SICK if side == ill else _HEALTHY))
            truth = side == ill
            shared = rng.normal() + effect + strength * truth
            for model in [*models, ALL] if place == TEST else [place]:
                for weights in (LAST,) if model == ALL else (BEST, LAST):
                    logit = shared + rng.normal(0, 0.4) - 0.5
                    rows.append(
                        Prediction(
                            model=model,
                            weights=weights,
                            split=TEST if place == TEST else VALIDATION,
                            image_id=str(20586908 + 26 * number + image),
                            patient=patient,
                            side=side,
                            view=view,
                            birads=birads,
                            density=density,
                            sick=truth,
                            probability=float(1 / (1 + np.exp(-logit))),
                        )
                    )
    return tuple(rows)


_VIEWS = ((0, "CC"), (1, "MLO"), (2, "CC"), (3, "MLO"))


@pytest.fixture(scope="session")
def make_predictions() -> Maker:
    """Makes the rows of a study; arguments: patients, folds, seed, strength."""
    return predictions_of


@pytest.fixture(scope="session")
def predictions() -> tuple[Prediction, ...]:
    """A study of three folds, 48 patients."""
    return predictions_of()


@pytest.fixture(scope="session")
def models() -> tuple[str, ...]:
    """The models of `predictions`."""
    return ("fold0", "fold1", "fold2", ALL)
