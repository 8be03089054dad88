"""The shapes that findings are made of: lobed bodies, spicules, specks; and contours round them.

Lengths and places are in heights, (y, x); see anatomy.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mammo_tfds.phantom.anatomy import Frame, Points
from mammo_tfds.phantom.texture import Field

Place = tuple[float, float]
Outline = Callable[[NDArray[np.floating]], NDArray[np.floating]]  # angle -> radius


@dataclass(frozen=True)
class Patch:
    """The part of an image round a place, and each of its pixels' offset from there."""

    window: tuple[slice, slice]
    y: Field
    x: Field


def patch(frame: Frame, place: Place, radius: float) -> Patch:
    """The square of `radius` round `place`, clipped to the image; may be empty."""
    window = []
    for middle, side in zip(place, frame.shape, strict=True):
        first = max(0, int((middle - radius) / frame.pixel))
        window.append(slice(first, max(first, min(side, int((middle + radius) / frame.pixel) + 2))))
    down, right = window
    y, x = frame.y[down] - np.float32(place[0]), frame.x[:, right] - np.float32(place[1])
    shape = (y.shape[0], x.shape[1])
    return Patch((down, right), np.broadcast_to(y, shape), np.broadcast_to(x, shape))


def lobes(radius: float, irregular: float, draw: np.random.Generator) -> Outline:
    """A closed outline about `radius`, the more lobed the more irregular."""
    orders = np.arange(2, 8)
    heights = irregular * draw.normal(0, 1, len(orders)) / orders**0.8
    phases = draw.uniform(0, 2 * np.pi, len(orders))

    def outline(angle: NDArray[np.floating]) -> NDArray[np.floating]:
        waves = heights * np.cos(orders * angle[..., None] + phases)
        return radius * np.clip(1 + waves.sum(axis=-1), 0.4, 1.8)

    return outline


def body(where: Patch, outline: Outline, softness: float) -> Field:
    """A rounded body of height 1 whose edge is blurred over `softness` of its radius."""
    share = np.hypot(where.y, where.x) / outline(np.arctan2(where.y, where.x))
    dome = 1 - 0.5 * np.square(np.minimum(share, 1))
    return dome * expit((1 - share) / (0.5 * softness))


def spicules(
    where: Patch, frame: Frame, radius: float, draw: np.random.Generator
) -> tuple[Field, NDArray[np.float64]]:
    """Thin rays of height up to 1 out of a body; and their (n, 2) angles and lengths."""
    count = int(draw.integers(11, 20))
    angles = np.sort(np.linspace(0, 2 * np.pi, count, endpoint=False) + draw.normal(0, 0.2, count))
    lengths = radius * draw.uniform(1.2, 2.4, count)
    strengths = draw.uniform(0.5, 1.2, count)
    bends = draw.normal(0, 0.12, count) / radius
    rays = np.zeros(where.y.shape, np.float32)
    each = np.stack([np.sin(angles), np.cos(angles), lengths, strengths, bends], 1)
    for sine, cosine, length, strength, bend in each.tolist():
        along = where.y * sine + where.x * cosine
        beside = where.y * cosine - where.x * sine + bend * np.square(along)
        left = np.clip(1 - along / length, 0, 1)
        width = np.maximum(0.0008 + 0.0022 * left, 0.7 * frame.pixel)
        height = strength * left * np.clip(along / (0.7 * radius), 0, 1)
        np.maximum(rays, height * np.exp(-np.square(beside / width)), out=rays)
    return rays, np.stack([angles, lengths], 1)


def add_speck(added: Field, frame: Frame, place: Place, radius: float, contrast: float) -> None:
    """Adds a calcification, with the contrast that is left of it at the image's resolution."""
    width = np.hypot(0.6 * radius, 0.5 * frame.pixel)
    where = patch(frame, place, 4 * width)
    shape = np.exp(-0.5 * (np.square(where.y) + np.square(where.x)) / width**2)
    added[where.window] += contrast * (0.6 * radius / width) ** 2 * shape


def by_hand(
    place: Place, outline: Outline, margin: float, count: int, draw: np.random.Generator
) -> Points:
    """`count` points drawn round an outline `margin` times as wide, and not quite true."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    away = outline(angles) * (margin + 0.02 * np.cos(3 * angles + draw.uniform(0, 6)))
    return around(place, angles, away)


def star(place: Place, outline: Outline, tips: NDArray[np.float64]) -> Points:
    """The contour of a spiculated region: out along each spicule, back to the body between."""
    angles, lengths = tips.T
    between = angles + 0.5 * np.diff(angles, append=angles[0] + 2 * np.pi)
    turns = np.stack([angles, between], 1).ravel()
    return around(place, turns, np.stack([0.75 * lengths, 1.15 * outline(between)], 1).ravel())


def around(
    place: Place, angles: NDArray[np.floating], away: NDArray[np.floating]
) -> NDArray[np.float64]:
    """(n, 2) points at these angles and distances from `place`."""
    return np.stack([place[0] + away * np.sin(angles), place[1] + away * np.cos(angles)], 1)
