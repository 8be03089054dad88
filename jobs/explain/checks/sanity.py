"""Whether a map depends on what was learnt: similarity to the maps of random networks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jobs.common.types import Array
from jobs.explain.checks.cases import Case
from jobs.explain.checks.randomise import blocks, randomise, spaced
from jobs.explain.checks.similarity import (
    Drawn,
    Similarity,
    compare_maps,
    compare_random_pairs,
    mean_similarity,
)
from jobs.explain.target import ExplainedModel

NULL_PAIRS = 50
"""As Arun et al., Radiology: AI 2021;3(6):e200267."""

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


def random_pairs(subjects: Sequence[Subject], seed: int) -> dict[str, Similarity | None]:
    """By method: the mean similarity of maps of different images; None of fewer than two."""
    return {
        method: mean_similarity(
            compare_random_pairs(
                [Drawn(each.maps[method], each.case.breast) for each in subjects], NULL_PAIRS, seed
            )
        )
        for method in _methods(subjects)
    }


def random_layers(
    subjects: Sequence[Subject], draw: Draw, steps: int, top: float, seed: int
) -> dict[str, list[dict[str, Any]]]:
    """How alike the maps stay while layers become random from the top down.

    Args:
        steps: at how many blocks of the network; the head and the whole network are among them.
        top: the study's `head.top`.

    Returns:
        By method: of each step its `down_to`, `rank_correlation` and `ssim`, means over images.
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
        alike = compare_with(subjects, draw, other)
        for method, similarity in alike.items():
            found[method].append({"down_to": name, **similarity._asdict()})
    return found


def compare_with(
    subjects: Sequence[Subject], draw: Draw, target_of: TargetOf
) -> dict[str, Similarity]:
    """By method: how alike another network's maps are, the mean over images."""
    alike: dict[str, list[Similarity]] = {method: [] for method in _methods(subjects)}
    for each in subjects:
        other = target_of(each.case)
        for method, own in each.maps.items():
            changed = draw(method, other, each.case)
            alike[method].append(compare_maps(own, changed, each.case.breast))
    means = {method: mean_similarity(found) for method, found in alike.items()}
    return {method: mean for method, mean in means.items() if mean}


def explained_at(target: ExplainedModel, top: float) -> TargetOf:
    """A model on each image; `top` is the study's `head.top`."""
    return lambda case: target.at(case.places, top)


def _methods(subjects: Sequence[Subject]) -> list[str]:
    return list(subjects[0].maps) if subjects else []
