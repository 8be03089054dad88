"""Settings that can be trained together -> scores: the heads of all folds, as one batch."""

import io
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import require
from jobs.artifacts.plan import carry_out
from jobs.common.progress import Watch
from jobs.common.types import Floats
from jobs.config.names import TEST, fold_name
from jobs.config.study import Study
from jobs.data.dataset import is_sick, open_dataset
from jobs.evaluation.bootstrap import auc
from jobs.features.extract import Share, plan_features
from jobs.features.store import resolve_features
from jobs.search.space import SearchConfig
from jobs.training.together.heads import HeadSpec, balance
from jobs.training.together.kinds import open_kind
from jobs.training.together.loop import Together
from jobs.views.parameters import View

RUNGS = (0.25, 0.5, 0.75)
"""The shares of its epochs after which a setting may be given up."""


@dataclass(frozen=True)
class Scores:
    """What a setting's heads say, each of the mean of its seeds.

    Attributes:
        image_ids: of all folds, fold after fold, and then of the test set.
        out_of_fold: (n,) float64: the logit of each fold's image by the fold's head.
        test: (m,) float64: the mean of all folds' heads' logits.
    """

    image_ids: tuple[str, ...]
    out_of_fold: Floats
    test: Floats

    def to_bytes(self) -> bytes:
        """As an npz file."""
        content = io.BytesIO()
        np.savez(content, ids=self.image_ids, out_of_fold=self.out_of_fold, test=self.test)
        return content.getvalue()


@dataclass
class Candidate:
    """A setting in training.

    Attributes:
        values: the mean of the folds' AUC at the rungs that it has passed.
        scores: when it has ended.
        stopped: whether it was given up; `reason` says why, if not for its value.
    """

    study: Study
    values: list[float] = field(default_factory=list)
    scores: Scores | None = None
    stopped: bool = False
    reason: str = ""


class Fit:
    """Trains settings that differ in FREE keys alone.

    A context. Its features are made first, if they are missing.
    """

    def __init__(
        self, root: Root, studies: Sequence[Study], config: SearchConfig, watch: Watch
    ) -> None:
        self.candidates = [Candidate(study) for study in studies]
        self._study, self._seeds, self._watch = studies[0], config.seeds, watch
        self._dataset = open_dataset(root.path, self._study)
        started = time.monotonic()
        carry_out(plan_features(root, self._study, self._dataset, Share()), watch)
        self.seconds_of_features = time.monotonic() - started
        self._folds = [
            list(self._dataset.splits[fold_name(k)]) for k in range(self._study.data.folds)
        ]
        self._test = list(self._dataset.splits[TEST])
        self._sick = {image.image_id: is_sick(self._study, image) for image in self._dataset.images}
        used = resolve_features(root, self._study, self._dataset)
        require(used.location)
        self._folder = used.location.folder

    def rungs(self) -> Iterator[tuple[int, int, float]]:
        """Trains; yields (candidate, rung from 1, value) at each rung, which its reader may stop.

        When it is exhausted, every candidate that was not stopped has its scores.
        """
        contours = any(each.study.contours.weight for each in self.candidates)
        with open_kind(self._study, self._dataset, self._folder, contours=contours) as kind:
            views = kind.features.views([one for fold in self._folds for one in fold])
            sick = [self._sick[view.image_id] for view in views]
            heads = Together(kind, self._specs(views, sick), views, sick)
            alive = list(range(len(self.candidates)))
            last = max(each.study.train.epochs for each in self.candidates)
            for epoch in range(1, last + 1):
                heads.train(epoch)
                self._watch("search: epochs", epoch, last)
                yield from self._judge(heads, alive, epoch)
                left = [each for each in alive if not self._ended(each)]
                if left != alive:
                    if not left:
                        return
                    heads.keep(
                        [
                            i
                            for place, each in enumerate(alive)
                            if each in left
                            for i in self._heads(place)
                        ]
                    )
                    alive = left

    def _judge(
        self, heads: Together, alive: Sequence[int], epoch: int
    ) -> Iterator[tuple[int, int, float]]:
        due = {
            each: rung
            for each in alive
            if (rung := _rung(self.candidates[each].study.train.epochs, epoch)) is not None
        }
        if not due:
            return
        found = self._out_of_fold(heads, [alive.index(each) for each in due])
        for (each, rung), logits in zip(due.items(), found, strict=True):
            candidate = self.candidates[each]
            if not np.isfinite(logits).all():
                candidate.stopped, candidate.reason = True, "its weights became NaN or infinite"
                continue
            candidate.values.append(self.value(logits))
            if rung <= len(RUNGS):
                yield each, rung, candidate.values[-1]
            else:
                places = self._heads(alive.index(each))
                test = heads.logits([View(one, 0) for one in self._test], places).mean(axis=1)
                ids = (*(one for fold in self._folds for one in fold), *self._test)
                candidate.scores = Scores(ids, logits, test)

    def value(self, logits: Floats) -> float:
        """The mean of the folds' AUC, of logits fold after fold."""
        ends = np.cumsum([len(fold) for fold in self._folds])
        parts = np.split(logits, ends[:-1])
        return float(
            np.mean(
                [
                    auc(self._labels(fold), part, np.ones((1, len(fold))))[0]
                    for fold, part in zip(self._folds, parts, strict=True)
                ]
            )
        )

    def _labels(self, ids: Sequence[str]) -> np.ndarray:
        return np.array([self._sick[one] for one in ids])

    def _out_of_fold(self, heads: Together, places: Sequence[int]) -> list[Floats]:
        """Of some candidates, by their place among those alive, the logits of all folds."""
        columns = []
        for k, fold in enumerate(self._folds):
            chosen = [
                i for place in places for i in self._heads(place)[k * self._seeds :][: self._seeds]
            ]
            logits = heads.logits([View(one, 0) for one in fold], chosen)
            columns.append(logits.reshape(len(fold), len(places), self._seeds).mean(axis=-1))
        return list(np.concatenate(columns).T)

    def _heads(self, place: int) -> list[int]:
        """The numbers of a candidate's heads, fold after fold."""
        count = len(self._folds) * self._seeds
        return list(range(place * count, (place + 1) * count))

    def _ended(self, each: int) -> bool:
        return self.candidates[each].stopped or self.candidates[each].scores is not None

    def _specs(self, views: Sequence[View], sick: Sequence[bool]) -> list[HeadSpec]:
        fold_of = {one: k for k, fold in enumerate(self._folds) for one in fold}
        folds = np.array([fold_of[view.image_id] for view in views])
        return [
            HeadSpec(
                candidate.study,
                fold_name(k) if seed == 0 else f"{fold_name(k)}, seed {seed}",
                balance(candidate.study, np.array(sick), folds != k),
            )
            for candidate in self.candidates
            for k in range(len(self._folds))
            for seed in range(self._seeds)
        ]


def _rung(epochs: int, epoch: int) -> int | None:
    """Which rung an epoch is, from 1; one more than there are: its end; None: none."""
    if epoch == epochs:
        return len(RUNGS) + 1
    passed = [
        number for number, share in enumerate(RUNGS, 1) if epoch == max(1, round(share * epochs))
    ]
    return passed[-1] if passed else None
