"""Trains one model under all protocols, over one reading of the features, and scores it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.progress import Watch
from jobs.common.types import Array, Bools, Floats
from jobs.config.names import fold_name
from jobs.config.study import Study
from jobs.data.dataset import Dataset
from jobs.data.training_set import TrainingSet, select_training_set
from jobs.evaluation.bootstrap import Resamples, auc, resample_patients
from jobs.evaluation.estimates import Estimate, plain_estimate
from jobs.evaluation.levels import Cases
from jobs.evaluation.metrics import PROBABILITY_METRICS, average, patients_of_rarer_class
from jobs.inflation.patches import cut_patches
from jobs.inflation.protocols import (
    AT_ONCE,
    BEST_EPOCH,
    EXTREMES,
    HONEST,
    IMAGES,
    PATCHES,
    PROTOCOLS,
    VIEWS,
    Protocol,
)
from jobs.training.augment_first import split_views
from jobs.training.together.heads import HeadSpec, Kind, balance
from jobs.training.together.local_heads import LocalHeads
from jobs.training.together.loop import Together
from jobs.views.parameters import View, view_count

_EXTREME = {"1": False, "2": False, "5": True, "6": True}


@dataclass(frozen=True)
class Split:
    """What one fold's head is trained on and scored on.

    Attributes:
        trained: (views,) which are trained on.
        scored: the views that it is scored on.
    """

    trained: Bools
    scored: Sequence[View]


def measure(
    study: Study, dataset: Dataset, kind: Kind, seeds: int, watch: Watch
) -> dict[str, dict[str, Any]]:
    """By protocol, its figure or why there is none.

    Args:
        seeds: how many heads of other initial weights each fold has; their AUCs are averaged.
    """
    return _Measurement(study, dataset, kind, seeds).run(watch)


class _Measurement:
    def __init__(self, study: Study, dataset: Dataset, kind: Kind, seeds: int) -> None:
        self.study, self.dataset, self.kind, self.seeds = study, dataset, kind, seeds
        self.sets = [
            select_training_set(study, dataset, fold_name(k)) for k in range(study.data.folds)
        ]
        self.ids = sorted(one for each in self.sets for one in each.validation)
        self.images = {image.image_id: image for image in dataset.images}
        self.sick = self.sets[0].sick
        self.resamples = resample_patients(
            {image.patient: image.split for image in dataset.images},
            study.evaluate.bootstrap,
            study.seed,
        )

    def run(self, watch: Watch) -> dict[str, dict[str, Any]]:
        views = self.kind.features.views(self.ids)
        splits = self._splits(views)
        history = self._train(views, splits, watch)
        last = {protocol: epochs[-1] for protocol, epochs in history.items()}
        scored = {protocol: [each.scored for each in splits[protocol]] for protocol in splits}
        best = {protocol: self._best(history[protocol], scored[protocol]) for protocol in splits}
        found = {
            HONEST: self._figure(last[HONEST], scored[HONEST]),
            BEST_EPOCH: self._figure(best[HONEST], scored[HONEST]),
            EXTREMES: self._extremes(last[HONEST], scored[HONEST]),
            IMAGES: self._figure(last[IMAGES], scored[IMAGES]),
            PATCHES: self._patches(watch),
        }
        if VIEWS in splits:
            found[VIEWS] = self._figure(last[VIEWS], scored[VIEWS])
            found[AT_ONCE] = self._extremes(best[VIEWS], scored[VIEWS])
        else:
            reason = (
                "there are fewer views of an image than folds: set views.healthy and views.sick"
            )
            found[VIEWS] = found[AT_ONCE] = {"reason": reason}
        return {protocol.name: found[protocol] for protocol in PROTOCOLS}

    def _splits(self, views: Sequence[View]) -> dict[Protocol, list[Split]]:
        of_images = self._folds_of(self.ids, [self.sick[one] for one in self.ids], "images")
        places = dict(zip(self.ids, of_images, strict=True))
        found = {
            HONEST: [self._split(views, each) for each in self.sets],
            IMAGES: [
                Split(
                    np.array([places[view.image_id] != k for view in views]),
                    [View(one, 0) for one in self.ids if places[one] == k],
                )
                for k in range(len(self.sets))
            ],
        }
        fewest = min(view_count(self.study, self.images[one]) for one in self.ids)
        if fewest >= len(self.sets):
            apart = (split_views(self.study, self.dataset, each) for each in self.sets)
            found[VIEWS] = [self._split(views, each) for each in apart]
        return found

    def _split(self, views: Sequence[View], own: TrainingSet) -> Split:
        training = set(own.training)
        trained = [
            view.image_id in training and own.trains_on(view.image_id, view.number)
            for view in views
        ]
        scored = [View(one, own.predicted_view(one)) for one in own.validation]
        return Split(np.array(trained), scored)

    def _folds_of(self, cases: Sequence[object], sick: Sequence[bool], what: str) -> Array:
        """A fold for each case, at random, each class spread evenly."""
        folds = np.empty(len(cases), int)
        labels = np.array(sick)
        for label in (False, True):
            own = np.flatnonzero(labels == label)
            order = rng(self.study.seed, "folds of", what, int(label)).permutation(len(own))
            folds[own[order]] = np.arange(len(own)) % len(self.sets)
        return folds

    def _train(
        self, views: Sequence[View], splits: Mapping[Protocol, Sequence[Split]], watch: Watch
    ) -> dict[Protocol, list[list[Floats]]]:
        """By protocol and epoch, each fold's logits: (scored, seeds)."""
        sick = np.array([self.sick[view.image_id] for view in views])
        every = [(protocol, k) for protocol in splits for k in range(len(self.sets))]
        specs = [
            self._spec(k, seed, sick, splits[protocol][k].trained)
            for protocol, k in every
            for seed in range(self.seeds)
        ]
        heads = Together(self.kind, specs, views, sick.tolist())
        history: dict[Protocol, list[list[Floats]]] = {protocol: [] for protocol in splits}
        epochs = self.study.train.epochs
        for epoch in range(1, epochs + 1):
            heads.train(epoch)
            for protocol in history:
                history[protocol].append([])
            for place, (protocol, k) in enumerate(every):
                own = range(place * self.seeds, (place + 1) * self.seeds)
                history[protocol][-1].append(heads.logits(splits[protocol][k].scored, own))
            watch("inflation: epochs", epoch, epochs)
        return history

    def _spec(self, k: int, seed: int, sick: Bools, trained: Bools) -> HeadSpec:
        name = fold_name(k) if seed == 0 else f"{fold_name(k)}, seed {seed}"
        return HeadSpec(self.study, name, balance(self.study, sick, trained))

    def _best(
        self, history: Sequence[Sequence[Floats]], scored: Sequence[Sequence[View]]
    ) -> list[Floats]:
        """Each head's logits after the epoch that is best on the very views that are scored."""
        best = []
        for k, views in enumerate(scored):
            sick = np.array([self.sick[view.image_id] for view in views])
            epochs = np.stack([epoch[k] for epoch in history])
            areas = np.stack([_areas(sick, epoch) for epoch in epochs])
            chosen = areas.argmax(axis=0)
            best.append(np.stack([epochs[one, :, seed] for seed, one in enumerate(chosen)], axis=1))
        return best

    def _figure(self, logits: Sequence[Floats], scored: Sequence[Sequence[View]]) -> dict[str, Any]:
        parts = [
            (
                np.array([self.images[view.image_id].patient for view in views]),
                np.array([self.sick[view.image_id] for view in views]),
                own,
            )
            for own, views in zip(logits, scored, strict=True)
        ]
        return _mean_area(parts, self.resamples)

    def _extremes(
        self, logits: Sequence[Floats], scored: Sequence[Sequence[View]]
    ) -> dict[str, Any]:
        parts = []
        for own, views in zip(logits, scored, strict=True):
            images = [self.images[view.image_id] for view in views]
            kept = np.array([image.birads in _EXTREME for image in images])
            left = [image for image, keep in zip(images, kept, strict=True) if keep]
            sick = np.array([_EXTREME[image.birads] for image in left])
            parts.append((np.array([image.patient for image in left]), sick, own[kept]))
        if not all(len(sick) for _, sick, _ in parts):
            return {"reason": "a fold has no image of BI-RADS 1, 2, 5 or 6"}
        figure = _mean_area(parts, self.resamples)
        if figure["cases"] == len(self.ids):
            figure["note"] = "there are no others in this release"
        return figure

    def _patches(self, watch: Watch) -> dict[str, Any]:
        if not isinstance(self.kind, LocalHeads) or self.kind.labels is None:
            return {"reason": "needs head.kind local and contours.weight above 0"}
        patches = cut_patches(self.dataset, self.ids, self.kind.features, self.kind.labels)
        if patches.sick.all() or not patches.sick.any():
            return {"reason": "there are no contours of sick images"}
        numbers = [str(number) for number in range(len(patches.sick))]
        folds = self._folds_of(numbers, patches.sick.tolist(), "patches")
        kind = replace(self.kind, features=patches, labels=None)
        specs = [
            self._spec(k, seed, patches.sick, folds != k)
            for k in range(len(self.sets))
            for seed in range(self.seeds)
        ]
        views = patches.views(numbers)
        heads = Together(kind, specs, views, patches.sick.tolist())
        for epoch in range(1, self.study.train.epochs + 1):
            heads.train(epoch)
            watch("inflation: epochs of patches", epoch, self.study.train.epochs)
        parts = []
        for k in range(len(self.sets)):
            own = np.flatnonzero(folds == k)
            chosen = range(k * self.seeds, (k + 1) * self.seeds)
            logits = heads.logits([views[i] for i in own], chosen)
            parts.append((patches.patient[own], patches.sick[own], logits))
        return _mean_area(parts, self.resamples)


def _areas(sick: Bools, logits: Floats) -> Floats:
    """Each seed's AUC: (seeds,) of (n, seeds)."""
    ones = np.ones((1, len(sick)))
    return np.array([auc(sick, column, ones)[0] for column in logits.T])


def _mean_area(
    parts: Sequence[tuple[Array, Bools, Floats]], resamples: Resamples
) -> dict[str, Any]:
    """The mean of the folds' and seeds' AUC, with its interval over patients."""
    estimates = []
    for patient, sick, logits in parts:
        weights = resamples.weights(patient)
        for column in logits.T:
            cases = Cases(patient, sick, column)
            values = PROBABILITY_METRICS["auc"](cases, weights)
            estimates.append(Estimate(*values, patients_of_rarer_class(cases)))
    patients, labels, logits = (np.concatenate(each) for each in zip(*parts, strict=True))
    whole = Cases(patients, labels, logits[:, 0])
    figure = plain_estimate(average(estimates, patients_of_rarer_class(whole)))
    return {**figure, "cases": len(whole.sick), "sick": int(whole.sick.sum())}
