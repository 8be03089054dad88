"""Keys: what determines an artifact's content, as one hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Recipe:
    """All that determines an artifact's content: no time, no host, no path.

    `inputs` maps a name to the key of the artifact that is read; `configuration` is the part of
    the study that is read, the seed included; `format` is the version of the content's format.

    Examples:
        >>> Recipe("weights", {}, {"source": "random", "seed": 20}).key[:12]
        '305dc65e5503'
    """

    stage: str
    inputs: Mapping[str, str]
    configuration: Mapping[str, Any]
    format: int = 1

    @property
    def key(self) -> str:
        """The sha256 of the canonical JSON, in hex."""
        return hashlib.sha256(canonical_json(asdict(self)).encode()).hexdigest()
