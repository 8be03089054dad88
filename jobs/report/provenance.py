"""What a run was made by: artifacts, versions, commands, processors and dates, from manifests."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jobs.artifacts.lineage import NamedManifest
from jobs.artifacts.manifest import Manifest
from jobs.config.names import spoken


@dataclass(frozen=True)
class Provenance:
    """What the manifests of a run say of how it was made.

    Attributes:
        artifacts: all that the run came from, and it itself, in the order of their making.
        versions: of each library, over all artifacts, as there may be more than one.
        commands, processors: each one once, in the order of the artifacts.
        date: of the last artifact in UTC, as 28 November 2026; "" if it is not recorded.
    """

    artifacts: Sequence[NamedManifest]
    versions: Mapping[str, Sequence[str]]
    commands: Sequence[str]
    processors: Sequence[str]
    date: str


def describe_provenance(
    upstream: Sequence[NamedManifest], models: Mapping[str, Manifest], evaluation: Manifest
) -> Provenance:
    """From the manifests of what the models were made of, of the models, and of their figures."""
    named = [NamedManifest(spoken(model), manifest) for model, manifest in models.items()]
    artifacts = [*upstream, *named, NamedManifest("evaluation", evaluation)]
    manifests = [each.manifest for each in artifacts if each.manifest]
    return Provenance(
        artifacts,
        _versions(manifests),
        _distinct(manifest.command for manifest in manifests),
        _distinct(manifest.processor for manifest in manifests),
        _date(max(manifest.made for manifest in manifests)),
    )


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, texts)))


def _date(made: str) -> str:
    return f"{(when := datetime.fromisoformat(made)).day} {when:%B %Y}" if made else ""


def _versions(manifests: Iterable[Manifest]) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    for manifest in manifests:
        for name, version in manifest.versions.items():
            found.setdefault(name, set()).add(version)
    return {name: sorted(found[name]) for name in sorted(found)}
