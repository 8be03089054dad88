"""What a run's training images look like to its base, and how far other images are from that.

At each depth the images' averages have a mean and a covariance. An image's distance is
Mahalanobis's, with the covariance shrunk as Ledoit and Wolf (2004, J. Multivariate Analysis 88:365)
proposed, since there are fewer images than channels. Lee et al. (NeurIPS 2018) measure so at
several depths, by class; here there is one class, as a model's two look much alike.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jobs.common.types import Array, Floats

FAR = 0.99
"""The share of the training images, each held out, that is nearer than what counts as outside."""

_GROUPS = 5


@dataclass(frozen=True)
class Depth:
    """The training images at one depth.

    Attributes:
        mean: (channels,) float64.
        precision: (channels, channels) float64, the inverse of the shrunk covariance.
        centre, spread: the median distance of images that were held out, and how far the third
            quartile is above it: depths are compared in these.
    """

    mean: Floats
    precision: Floats
    centre: float
    spread: float

    def distances(self, averages: Array) -> Floats:
        """(n, channels) -> (n,): 0 is the held-out images' median."""
        return (_mahalanobis(averages, self.mean, self.precision) - self.centre) / self.spread


@dataclass(frozen=True)
class Distance:
    """How far an image is from the training images.

    Attributes:
        value: 1 and above is outside.
        depth: where it is farthest.
    """

    value: float
    depth: str

    @property
    def is_outside(self) -> bool:
        """Whether it is farther than all but one in a hundred of the training images."""
        return self.value >= 1


@dataclass(frozen=True)
class Reference:
    """The training images at all depths.

    Attributes:
        depths: by name.
        limit: the distance that counts as 1.
        images: how many they are.
    """

    depths: Mapping[str, Depth]
    limit: float
    images: int

    def distance(self, averages: Mapping[str, Array]) -> Distance:
        """Of one image, by its averages at each depth, (1, channels): the farthest depth's."""
        found = {
            name: float(each.distances(averages[name])[0]) for name, each in self.depths.items()
        }
        depth = max(found, key=lambda name: found[name])
        return Distance(found[depth] / self.limit, depth)


def fit_reference(averages: Mapping[str, Array], patients: Sequence[str]) -> Reference:
    """The reference of N training images.

    Args:
        averages: by depth, (N, channels).
        patients: (N,) whose image each is: those of a patient are held out together.
    """
    group = _groups(patients)
    depths, held_out = {}, []
    for name, given in averages.items():
        values = given.astype(np.float64)
        away = np.empty(len(values))
        for number in np.unique(group):
            inside = group != number
            away[~inside] = _mahalanobis(values[~inside], *_fit(values[inside]))
        centre, upper = np.quantile(away, (0.5, 0.75)).tolist()
        spread = max(upper - centre, np.finfo(float).tiny)
        depths[name] = Depth(*_fit(values), centre, spread)
        held_out.append((away - centre) / spread)
    limit = float(np.quantile(np.max(held_out, axis=0), FAR))
    return Reference(depths, limit, len(group))


def _groups(patients: Sequence[str]) -> Array:
    """(N,) int: which of a few groups of patients each image is in."""
    _, number = np.unique(np.array(patients), return_inverse=True)
    return number % _GROUPS


def _fit(values: Floats) -> tuple[Floats, Floats]:
    from sklearn.covariance import LedoitWolf

    fitted = LedoitWolf().fit(values)
    return fitted.location_, fitted.get_precision()


def _mahalanobis(values: Array, mean: Floats, precision: Floats) -> Floats:
    away = values - mean
    return np.sqrt(np.einsum("nc,cd,nd->n", away, precision, away, optimize=True).clip(0))


_PARTS = ("mean", "precision", "centre", "spread")


def reference_to_bytes(reference: Reference) -> bytes:
    """A reference as `reference_from_bytes` reads it: a NumPy archive."""
    content = io.BytesIO()
    arrays = {
        f"{name}.{part}": np.asarray(getattr(each, part))
        for name, each in reference.depths.items()
        for part in _PARTS
    }
    np.savez(content, limit=reference.limit, images=reference.images, **arrays)  # type: ignore[arg-type]
    return content.getvalue()


def reference_from_bytes(content: bytes) -> Reference:
    """A reference that was stored."""
    with np.load(io.BytesIO(content), allow_pickle=False) as saved:
        names = [name.removesuffix(".mean") for name in saved.files if name.endswith(".mean")]
        depths = {
            name: Depth(
                saved[f"{name}.mean"],
                saved[f"{name}.precision"],
                float(saved[f"{name}.centre"]),
                float(saved[f"{name}.spread"]),
            )
            for name in names
        }
        return Reference(depths, float(saved["limit"]), int(saved["images"]))
