"""Synthetic predictions, of patients with effects of their own, and runs that hold them."""

from argparse import Namespace
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from jobs import cli
from jobs.artifacts.layout import Root
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import claim_run
from jobs.common.progress import silent
from jobs.config.names import ALL, BEST, LAST, TEST, VALIDATION
from jobs.config.sections import DataConfig, EvaluateConfig, TrainConfig
from jobs.config.study import Study
from jobs.evaluation.predictions import Prediction, to_csv

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
        split = [*models, TEST][number // 3 % (folds + 1)]
        patient = f"{rng.integers(2**63):016x}"
        sick_side = rng.choice(["L", "R"]) if number % 3 == 0 else None
        effect, density = rng.normal(0, 0.5), int(rng.integers(1, 5)) if number else None
        for image, (side, view) in enumerate(("L", v) if i < 2 else ("R", v) for i, v in _VIEWS):
            birads = str(rng.choice(_SICK if side == sick_side else _HEALTHY))
            truth = side == sick_side
            shared = rng.normal() + effect + strength * truth
            for model in [*models, ALL] if split == TEST else [split]:
                for weights in (LAST,) if model == ALL else (BEST, LAST):
                    logit = shared + rng.normal(0, 0.4) - 0.5
                    rows.append(
                        Prediction(
                            model=model,
                            weights=weights,
                            split=TEST if split == TEST else VALIDATION,
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
def checkpoint(tmp_path_factory) -> Path:
    """Random weights of Inception V3, by the seed 3; not to be changed."""
    from jobs.model.random_weights import write_random_weights

    path = tmp_path_factory.mktemp("weights") / "random.h5"
    write_random_weights(path, seed=3)
    return path


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


STUDY = Study(
    data=DataConfig(folds=3),
    train=TrainConfig(epochs=2),
    evaluate=EvaluateConfig(bootstrap=100),
)
HISTORIES = {
    "fold0": "1,1,0.7,,\n2,1,0.5,0.6,0.55\n3,2,0.4,,\n4,2,0.2,0.5,0.65\n",
    "fold1": "1,1,0.7,,\n2,1,0.5,0.6,0.75\n3,2,0.4,,\n4,2,0.2,0.5,0.65\n",
    "fold2": "1,1,0.7,,\n2,1,0.5,0.6,0.65\n3,2,0.4,,\n4,2,0.2,0.5,0.65\n",
    ALL: "1,1,0.7,,\n2,1,0.5,,\n3,2,0.4,,\n4,2,0.2,,\n",
}


def train_run(
    root: Path,
    rows: Iterable[Prediction],
    *,
    run: str = "trial",
    study: Study = STUDY,
    dataset: str = "",
) -> Path:
    """A run whose models are trained: what `mammo train` would have left, weights aside."""
    run_folder = Root(root).run(run)
    claim_run(run_folder, study)
    folder = run_folder.path
    features = Recipe("embed", {"images": "0" * 64, "weights": "1" * 64}, {})
    with publish(root / "features" / features.key, features) as draft:
        (draft.folder / "1.npy").write_bytes(b"features")
    rows = tuple(rows)
    inputs = {"features": features.key} | ({"dataset": dataset} if dataset else {})
    for model in study.models():
        recipe = Recipe("train", inputs, {"model": model})
        with publish(folder / model, recipe) as draft:
            own = to_csv(row for row in rows if row.model == model)
            (draft.folder / "predictions.csv").write_bytes(own)
            history = "step,epoch,loss,validation_loss,validation_auc\n" + HISTORIES[model]
            (draft.folder / "history.csv").write_text(history)
            draft.determinism["op_determinism"] = True
    return folder


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Path]:
    """Writes a trained run; arguments: root, rows, run, study, the key of a dataset."""
    return train_run


@pytest.fixture(scope="session")
def study() -> Study:
    """The study of `predictions`."""
    return STUDY


@pytest.fixture(scope="session")
def reported(tmp_path_factory, predictions) -> Path:
    """The folder of a run that was evaluated and reported; not to be changed."""
    from jobs.stages import evaluate, report

    root = tmp_path_factory.mktemp("root")
    folder = train_run(root, predictions)
    options = Namespace(root=root, run="trial")
    cli.call(evaluate, options, silent)
    cli.call(report, options, silent)
    return folder
