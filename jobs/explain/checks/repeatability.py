"""Whether other models of the same study draw the same map of the same image."""

from collections.abc import Mapping, Sequence

from jobs.explain.checks.sanity import Draw, Subject
from jobs.explain.checks.similarity import Similarity, compare_maps, mean_similarity
from jobs.explain.target import ExplainedModel


def compare_models(
    subjects: Sequence[Subject], others: Mapping[str, Sequence[ExplainedModel]], draw: Draw
) -> dict[str, dict[str, Similarity]]:
    """How alike other models' maps are to the explained one's, the mean over images.

    Args:
        subjects: images, with their maps.
        others: other models by name, each for every subject in turn.

    Returns:
        By method, then by the other model's name.
    """
    found: dict[str, dict[str, Similarity]] = {}
    for name, targets in others.items():
        alike: dict[str, list[Similarity]] = {}
        for each, target in zip(subjects, targets, strict=True):
            for method, own in each.maps.items():
                other = draw(method, target, each.case)
                alike.setdefault(method, []).append(compare_maps(own, other, each.case.breast))
        for method, similarities in alike.items():
            if mean := mean_similarity(similarities):
                found.setdefault(method, {})[name] = mean
    return found
