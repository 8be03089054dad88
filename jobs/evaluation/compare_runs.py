"""Whether two runs are the same study with the same result, and if not, where they differ.

Reads nothing but manifests, study.yaml, and the models' and the evaluation's files. Of runs that
are not finished, it compares what both have.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jobs.artifacts.lineage import list_settings
from jobs.artifacts.manifest import Manifest
from jobs.evaluation.compare_files import (
    Difference,
    FileGap,
    compare_history,
    compare_metrics,
    compare_predictions,
    compare_weights,
)
from jobs.evaluation.partial_run import EVALUATION, PartialRun
from jobs.evaluation.predictions import Prediction

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Aspect:
    """One respect in which two runs are compared, and each difference in it."""

    name: str
    differences: tuple[Difference, ...]
    compared: bool = True


STUDY, RESULT = ("data", "configuration"), ("training", "numbers")
"""The aspects that make a study the same, and a result. The others may explain a difference."""


@dataclass(frozen=True)
class Verdict:
    """Whether two runs are the same.

    Attributes:
        same_study: whether data and configuration are the same.
        same_result: whether all that came of it is, bit for bit; false if nothing was compared.
        only_rounding: whether what came of it differs, and in no more than the last digits.
        missing: whether something is not there yet, on one side or both.
        compared: whether both have any result yet.
    """

    same_study: bool
    same_result: bool
    only_rounding: bool
    missing: bool
    compared: bool = True

    @property
    def differs(self) -> bool:
        """Whether anything that both have differs, be it by rounding."""
        return not self.same_study or (self.compared and not self.same_result)

    @property
    def words(self) -> str:
        """The verdict in words.

        Examples:
            >>> Verdict(True, False, True, False).words
            'the same study, with the same result but for rounding'
        """
        if not self.compared:
            study = "the same study so far" if self.same_study else "another study"
            return f"{study}, and no result yet that both have"
        study = "the same study, with" if self.same_study else "another study,"
        result = "the same" if self.same_result or self.only_rounding else "another"
        but = " but for rounding" if self.only_rounding else ""
        so_far = " as far as both have it" if self.missing else ""
        return f"{study} {result} result{but}{so_far}"


@dataclass(frozen=True)
class Comparison:
    """All that two runs were compared in.

    Attributes:
        artifacts: what both have: models, evaluation, and what the models came from.
        missing: what is not there, and in which run.
        aspects: from what goes into a study to what comes out of it.
        gaps: how far the numbers of each file are apart; weights that are the same are not read.
    """

    artifacts: tuple[str, ...]
    missing: tuple[Difference, ...]
    aspects: tuple[Aspect, ...]
    gaps: tuple[FileGap, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether it is the same study with the same result."""
        different = {each.name: each.differences for each in self.aspects if each.differences}
        result = [each for name in RESULT for each in different.get(name, ())]
        rounding = bool(result) and all(each.rounding for each in result)
        same_study = different.keys().isdisjoint(STUDY)
        compared = any(each.compared for each in self.aspects if each.name in RESULT)
        same_result = compared and not result
        return Verdict(same_study, same_result, rounding, bool(self.missing), compared)


def compare(a: PartialRun, b: PartialRun) -> Comparison:
    """Compares all that both runs have."""
    missing, models = tuple(_missing(a, b)), _common(a.models, b.models)
    training = [each for model in models for each in compare_weights(a, b, model)]
    training += [compare_history(a, b, model) for model in models]
    numbers = [compare_predictions(a, b, model) for model in models]
    if EVALUATION in a.made and EVALUATION in b.made:
        numbers.append(compare_metrics(a, b))
    settings_a, settings_b = (dict(list_settings(each.run.study)) for each in (a, b))
    aspects = {
        "data": [
            *_keys(a, b),
            *_images(*(each.images(models if missing else each.models) for each in (a, b))),
        ],
        "configuration": _differences(settings_a, settings_b),
        "versions": _by_artifact(a, b, lambda manifest: manifest.versions),
        "device": _by_artifact(a, b, _device),
        "training": [line for each in training for line in each.differences],
        "numbers": [line for each in numbers for line in each.differences],
    }
    artifacts = tuple(_common(a.manifests, b.manifests))
    compared = {
        "data": bool(_common(a.input_keys, b.input_keys)),
        "versions": bool(artifacts),
        "device": bool(artifacts),
        "training": bool(models),
        "numbers": bool(numbers),
    }
    return Comparison(
        artifacts,
        missing,
        tuple(
            Aspect(name, tuple(lines), compared.get(name, True)) for name, lines in aspects.items()
        ),
        tuple(each.measured for each in (*training, *numbers)),
    )


def _differences(a: Facts, b: Facts, artifact: str = "") -> Iterator[Difference]:
    """One for each name whose value differs, or that only one of the two has."""
    for name in [*a, *(name for name in b if name not in a)]:
        if a.get(name) != b.get(name):
            yield Difference(f"{name}: {a.get(name, 'none')} | {b.get(name, 'none')}", artifact)


def _keys(a: PartialRun, b: PartialRun) -> Iterator[Difference]:
    """Of inputs whose keys both runs know: the artifacts themselves may be gone."""
    both = _common(a.input_keys, b.input_keys)
    in_a, in_b = ({name: each.input_keys[name][:12] for name in both} for each in (a, b))
    return _differences(in_a, in_b)


def _images(a: Mapping[str, Prediction], b: Mapping[str, Prediction]) -> Iterator[Difference]:
    if alone := a.keys() ^ b.keys():
        yield Difference(f"images: {len(a)} | {len(b)}, {len(alone)} of them in only one run")
    facts: dict[str, Callable[[Prediction], object]] = {
        "are of another patient": lambda row: row.patient,
        "are in another split": lambda row: row.dataset_split,
        "have another side, projection, category or density": lambda row: (
            (row.side, row.view, row.birads, row.density)
        ),
        "have another label": lambda row: row.sick,
    }
    both = a.keys() & b.keys()
    for what, fact in facts.items():
        if count := sum(fact(a[one]) != fact(b[one]) for one in both):
            yield Difference(f"images: {count} of {len(both)} {what}")


def _device(manifest: Manifest) -> Facts:
    return {"device": manifest.device, "threads": manifest.threads, **manifest.determinism}


def _by_artifact(
    a: PartialRun, b: PartialRun, facts: Callable[[Manifest], Facts]
) -> Iterator[Difference]:
    for name in _common(a.manifests, b.manifests):
        yield from _differences(facts(a.manifests[name]), facts(b.manifests[name]), name)


def _missing(a: PartialRun, b: PartialRun) -> Iterator[Difference]:
    """What a run does not have, but should, or the other one has."""
    for name in dict.fromkeys([*a.missing, *b.missing]):
        lacking = [which for which, run in (("first", a), ("second", b)) if name not in run.made]
        where = f"not in the {lacking[0]} run" if len(lacking) == 1 else "in neither run"
        yield Difference(where, name)


def _common(a: Iterable[str], b: Iterable[str]) -> list[str]:
    there = set(b)
    return [name for name in a if name in there]
