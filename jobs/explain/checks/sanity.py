"""Whether a map depends on what was learnt: similarity to the maps of random networks."""

import functools
import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from jobs.common.types import Array
from jobs.explain.checks.cases import Case
from jobs.explain.checks.journal import Journal
from jobs.explain.checks.randomise import blocks, randomise, spaced
from jobs.explain.checks.similarity import (
    Drawn,
    Similarity,
    compare_images,
    compare_maps,
    mean_similarity,
)
from jobs.explain.target import ExplainedModel

Draw = Callable[[str, ExplainedModel, Case], Array]
"""The map of a method, by its name, of a model and an image."""

TargetOf = Callable[[Case], ExplainedModel]
"""A model as it is explained on an image; a local head looks at the image's own places."""


@dataclass(frozen=True)
class Subject:
    """An image, the model that is explained on it, and the methods' maps of both.

    Attributes:
        maps: by the methods' names, (rows, columns) float32.
    """

    case: Case
    target: ExplainedModel
    maps: Mapping[str, Array]


@dataclass(frozen=True)
class Alike:
    """How alike a method's maps are to others, over some images.

    Attributes:
        rank_correlation: the mean.
        ssim: the mean.
        each: the SSIM of each image, in the subjects' order.
    """

    rank_correlation: float
    ssim: float
    each: tuple[float, ...]

    @classmethod
    def of(cls, found: Sequence[Similarity]) -> "Alike":
        """The means of at least one image."""
        mean = mean_similarity(found)
        assert mean
        return cls(*mean, tuple(round(one.ssim, 4) for one in found))


def other_patients(subjects: Sequence[Subject], partners: Sequence[Subject]) -> dict[str, Alike]:
    """By method: how alike a map is to those of other patients, the null of all comparisons.

    Source: Arun et al., Radiology: AI 2021;3(6):e200267: a map counts as degraded only below the
    mean of random pairs of the trained model's maps.

    Args:
        partners: what each subject's maps are paired with, the subjects themselves among them.

    Returns:
        nothing, if there is no other patient.
    """
    found: dict[str, list[Similarity]] = {}
    for one in subjects:
        others = [each for each in partners if each.case.patient != one.case.patient]
        for method in one.maps if others else ():
            own = Drawn(one.maps[method], one.case.breast)
            pairs = [
                compare_images(own, Drawn(each.maps[method], each.case.breast)) for each in others
            ]
            mean = mean_similarity(pairs)
            assert mean
            found.setdefault(method, []).append(mean)
    return {method: Alike.of(each) for method, each in found.items()}


def random_layers(
    subjects: Sequence[Subject], draw: Draw, steps: int, top: float, seed: int, journal: Journal
) -> dict[str, list[dict[str, Any]]]:
    """How alike the maps stay while layers become random from the top down.

    Args:
        steps: at how many blocks of the network; the head and the whole network are among them.
        top: the study's `head.top`.
        journal: keeps what was compared.

    Returns:
        By method: of each step its `down_to`, and what an Alike has.
    """
    found: dict[str, list[dict[str, Any]]] = {method: [] for method in _methods(subjects)}
    if not subjects:
        return found
    network = subjects[0].target.network
    order = blocks(network)
    chosen = spaced([name for name, _ in order], steps)
    done: frozenset[str] = frozenset()
    for name, convolutions in order:
        done |= convolutions
        if name not in chosen:
            continue
        other = explained_at(ExplainedModel(randomise(network, done, seed)), top)
        alike = compare_with(subjects, draw, other, journal, f"random layers down to {name}")
        for method, similarity in alike.items():
            found[method].append({"down_to": name, **asdict(similarity)})
    return found


def compare_with(
    subjects: Sequence[Subject], draw: Draw, target_of: TargetOf, journal: Journal, name: str
) -> dict[str, Alike]:
    """By method: how alike another network's maps are.

    Args:
        journal: keeps what was compared, under the other network's `name`.
    """
    found: dict[str, list[Similarity]] = {}
    for each in subjects:
        compare = functools.partial(_compare, each, draw, target_of)
        for method, alike in journal.once(f"{name}: {each.case.image_id}", compare).items():
            found.setdefault(method, []).append(Similarity(*alike))
    gc.collect()  # TensorFlow's functions of the network before are in cycles, and hold gigabytes
    return {method: Alike.of(each) for method, each in found.items()}


def _compare(subject: Subject, draw: Draw, target_of: TargetOf) -> dict[str, Similarity]:
    case = subject.case
    other = target_of(case)
    return {
        method: compare_maps(own, draw(method, other, case), case.breast)
        for method, own in subject.maps.items()
    }


def explained_at(target: ExplainedModel, top: float) -> TargetOf:
    """A model on each image; `top` is the study's `head.top`."""
    return lambda case: target.at(case.places, top)


def _methods(subjects: Sequence[Subject]) -> list[str]:
    return list(subjects[0].maps) if subjects else []
