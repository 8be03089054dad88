"""All checks of one model's explanations: image by image, then what is said of all of them."""

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from jobs.common.types import Array, Floats
from jobs.explain.backward import Rule
from jobs.explain.checks.baselines import BASELINE_TITLES, BASELINES
from jobs.explain.checks.cases import Case
from jobs.explain.checks.estimates import parts_of, resample, summarise
from jobs.explain.checks.expectations import CHECKS, expected
from jobs.explain.checks.faithfulness import Perturbed, perturb_case, summarise_perturbed
from jobs.explain.checks.journal import Journal
from jobs.explain.checks.localisation import Localisation, localise
from jobs.explain.checks.meaning import say
from jobs.explain.checks.rank_one import rank_one_curve
from jobs.explain.checks.sanity import (
    Draw,
    Subject,
    TargetOf,
    compare_with,
    other_patients,
    random_layers,
)
from jobs.explain.checks.shortcuts import Scored, reduce_view, shortcut_aucs
from jobs.explain.checks.verdicts import judge, surprise
from jobs.explain.forward import Forward
from jobs.explain.method import Method
from jobs.explain.request import CHECKED_PATIENTS
from jobs.model.trained import sigmoid

FORMAT = 3


@dataclass(frozen=True)
class Settings:
    """How much is measured.

    Attributes:
        seed: of all that is drawn.
        top: the study's `head.top`.
        replicates: of the bootstrap.
        sanity_images: on how many sick images, of as many patients, random networks and
            other models are explained.
        null_images: how many images' maps each of these is paired with.
        perturbed_images: on how many sick images insertion and deletion are measured.
        random_steps: at how many blocks layers are randomised down to.
    """

    seed: int
    top: float
    replicates: int = 1000
    sanity_images: int = CHECKED_PATIENTS
    null_images: int = 12
    perturbed_images: int = 6
    random_steps: int = 4


@dataclass
class Collector:
    """The checks of one model, whose images come one after another.

    Attributes:
        model: its name: fold0, fold1, ... or all.
        methods: those that are checked.
        draw: draws a method's map of any model.
        rules: of methods that send something back: their rule, by the methods' names.
        journal: keeps what was measured, under names of its own for each image and model.
        rows: localisation.csv so far.
    """

    model: str
    methods: Sequence[Method]
    draw: Draw
    rules: Mapping[str, Callable[[Forward], Rule]]
    settings: Settings
    journal: Journal
    rows: list[Localisation] = field(default_factory=list)
    _subjects: list[Subject] = field(default_factory=list)
    _partners: list[Subject] = field(default_factory=list)
    _perturbed: list[Perturbed] = field(default_factory=list)
    _scored: list[Scored] = field(default_factory=list)

    def add(self, subject: Subject, scores: Callable[[Array], Floats]) -> None:
        """One more image, with the methods' maps.

        Args:
            scores: the model's logits of views of this image, (n, rows, columns, 1) -> (n,).
        """
        case = subject.case
        seen = {each.case.patient for each in self._subjects}
        if case.sick and case.patient not in seen and len(seen) < self.settings.sanity_images:
            self._subjects.append(subject)
        if len(self._partners) < self.settings.null_images:
            self._partners.append(subject)
        self._localise(subject)
        self.score(case, scores)
        seen = {each.patient for each in self._perturbed}
        if case.sick and case.patient not in seen and len(seen) < self.settings.perturbed_images:
            perturb = functools.partial(
                perturb_case, lambda views: sigmoid(scores(views)), case, subject.maps
            )
            found = self.journal.once(f"insertion and deletion: {case.image_id}", perturb)
            self._perturbed.append(Perturbed.read(found))

    def score(self, case: Case, scores: Callable[[Array], Floats]) -> None:
        """One more image for the shortcuts alone."""

        def score() -> dict[str, float]:
            left = reduce_view(case.view, case.breast, case.projection)
            logits = scores(np.stack(list(left.values()))[..., np.newaxis]).tolist()
            return dict(zip(left, logits, strict=True))

        logits = self.journal.once(f"scored: {case.image_id}", score)
        self._scored.append(Scored(case.patient, case.sick, logits))

    def finish(self, others: Mapping[str, Callable[[], TargetOf]]) -> dict[str, Any]:
        """The content of checks.json.

        Args:
            others: what gets models whose maps are compared, by name: other folds', OTHER_SEED and
                PERMUTED_LABELS. They are there one after another.
        """
        subjects, settings = self._subjects, self.settings
        null = other_patients(subjects, self._partners)
        layers = random_layers(
            subjects, self.draw, settings.random_steps, settings.top, settings.seed, self.journal
        )
        alike = {
            name: compare_with(subjects, self.draw, get(), self.journal, name)
            for name, get in others.items()
        }
        localisation, parts = self._summaries()
        perturbed = summarise_perturbed(self._perturbed, settings.replicates, settings.seed)
        found = {
            method.name: {
                "null": asdict(null[method.name]) if method.name in null else None,
                "random_layers": layers.get(method.name),
                "other_models": {
                    name: asdict(found[method.name])
                    for name, found in alike.items()
                    if method.name in found
                },
                "rank_one": self._rank_one(method.name),
                "localisation": localisation.get(method.name),
                "perturbation": perturbed.get(method.name),
            }
            for method in self.methods
        }
        return {
            "format": FORMAT,
            "model": self.model,
            "settings": asdict(settings),
            "meaning": dict(CHECKS),
            "baselines": dict(BASELINE_TITLES),
            "images": len(self._scored),
            "checked_patients": len(subjects),
            "methods": {each.name: self._method(each, found[each.name]) for each in self.methods},
            "localisation": localisation,
            "parts": parts,
            "perturbation": {name: perturbed[name] for name in BASELINES if name in perturbed},
            "shortcuts": shortcut_aucs(self._scored, settings.replicates, settings.seed),
        }

    def _localise(self, subject: Subject) -> None:
        case, marked = subject.case, subject.case.marked
        if not marked:
            return
        baselines = {
            name: draw(case.view, case.breast, case.image_id) for name, draw in BASELINES.items()
        }
        for name, heatmap in {**subject.maps, **baselines}.items():
            self.rows.append(localise(self.model, name, heatmap, marked))

    def _summaries(self) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Of the sick images with contours: all, and by kind and size."""
        sick = [row for row in self.rows if row.sick]
        resamples = resample(sick, self.settings.replicates, self.settings.seed)
        parts = [
            {"name": name, "methods": summarise(rows, resamples)} for name, rows in parts_of(sick)
        ]
        return summarise(sick, resamples), parts

    def _rank_one(self, method: str) -> list[dict[str, Any]] | None:
        if method not in self.rules or not self._subjects:
            return None
        first, rule, seed = self._subjects[0], self.rules[method], self.settings.seed
        return self.journal.once(
            f"rank one: {method}",
            functools.partial(rank_one_curve, first.target, first.case.view, rule, seed),
        )

    def _method(self, method: Method, found: Mapping[str, Any]) -> dict[str, Any]:
        outcomes = judge(found)
        verdict, meaning = say(outcomes)
        checks = {}
        for check, outcome in outcomes.items():
            wanted = expected(method.name, check)
            checks[check] = {
                **asdict(outcome),
                "expected": asdict(wanted) if wanted else None,
                "surprise": surprise(method.name, check, outcome),
            }
        return {
            "title": method.title,
            "source": method.source,
            "measured": any(each.value is not None for each in outcomes.values()),
            "verdict": verdict,
            "meaning": meaning,
            "checks": checks,
            **{name: value for name, value in found.items() if name != "localisation"},
        }
