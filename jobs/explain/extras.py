"""What `mammo explain` can make beside the maps, once those of all images are there.

Each is an option of the command line, such as `--checks`, and a function of its own module.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from jobs.explain.finished import Finished


@dataclass(frozen=True)
class Extra:
    """Something beside the maps.

    Attributes:
        help: one line for the command line.
        make: the files' names, below the artifact's folder, and their contents.
        folds: whether it reads the other folds' models that are trained.
    """

    help: str
    make: Callable[[Finished], Iterable[tuple[str, bytes]]]
    folds: bool = False


def _make_checks(finished: Finished) -> Iterable[tuple[str, bytes]]:
    from jobs.explain.checks.extra import make_checks

    return make_checks(finished)


def _make_conservation(finished: Finished) -> Iterable[tuple[str, bytes]]:
    from jobs.explain.conservation_tables import make_conservation

    return make_conservation(finished)


def _make_masked_units(finished: Finished) -> Iterable[tuple[str, bytes]]:
    from jobs.explain.masked_units import make_masked_units

    return make_masked_units(finished)


EXTRAS: Mapping[str, Extra] = {
    "checks": Extra(
        "hold the maps against chance, baselines, random networks", _make_checks, folds=True
    ),
    "conservation": Extra(
        "whether relevance is conserved, and what biases keep, as tables", _make_conservation
    ),
    "masked-units": Extra(
        "what is left of the logit behind the masks of image masking, a table", _make_masked_units
    ),
}
"""By the names of their options."""
