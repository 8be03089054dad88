"""What a run cost to make, from its manifests."""

from typing import Any

from jobs.artifacts.manifest import Manifest
from jobs.compare.scored_run import ScoredRun


def describe_cost(run: ScoredRun) -> dict[str, Any]:
    """Seconds of each stage, the largest memory, and what computed: as comparison.json holds it.

    Seconds are of the clock, of the calls that published the artifacts: a stage that was resumed
    took longer, and features and weights that runs share were paid for once.
    """
    upstream = {each.name.partition(",")[0]: each.manifest for each in run.upstream}
    seconds = {name: round(each.seconds, 2) for name, each in upstream.items() if each}
    seconds["training"] = round(sum(each.seconds for each in run.models.values()), 2)
    seconds["evaluation"] = round(run.evaluation.seconds, 2)
    manifests = [*filter(None, upstream.values()), *run.models.values(), run.evaluation]
    return {
        "seconds": seconds,
        "peak_memory": max(each.peak_memory for each in manifests),
        "devices": _distinct(manifests, "device"),
        "processors": _distinct(manifests, "processor"),
    }


def _distinct(manifests: list[Manifest], name: str) -> list[str]:
    return list(dict.fromkeys(filter(None, (getattr(each, name) for each in manifests))))
