"""The shapes of findings (lobed bodies, spicules, specks), and the contours around them.

Lengths and positions are in image heights, (y, x); see anatomy.py.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mammo_tfds.phantom.anatomy import Frame, Points
from mammo_tfds.phantom.texture import Field

Position = tuple[float, float]
Outline = Callable[[NDArray[np.floating]], NDArray[np.floating]]  # angle -> radius


@dataclass(frozen=True)
class Patch:
    """A rectangle of the image around a position, and the offset of each pixel from there."""

    window: tuple[slice, slice]
    y: Field
    x: Field


def cut_patch(frame: Frame, position: Position, radius: float) -> Patch:
    """The square of half side `radius` around `position`, clipped to the image; may be empty."""
    window = []
    for middle, side in zip(position, frame.shape, strict=True):
        first = max(0, int((middle - radius) / frame.pixel))
        window.append(slice(first, max(first, min(side, int((middle + radius) / frame.pixel) + 2))))
    down, right = window
    y, x = frame.y[down] - np.float32(position[0]), frame.x[:, right] - np.float32(position[1])
    shape = (y.shape[0], x.shape[1])
    return Patch((down, right), np.broadcast_to(y, shape), np.broadcast_to(x, shape))


def make_outline(radius: float, irregular: float, draw: np.random.Generator) -> Outline:
    """A closed outline with a mean radius of about `radius`; more lobed if more irregular."""
    orders = np.arange(2, 8)
    heights = irregular * draw.normal(0, 1, len(orders)) / orders**0.8
    phases = draw.uniform(0, 2 * np.pi, len(orders))

    def outline(angle: NDArray[np.floating]) -> NDArray[np.floating]:
        waves = heights * np.cos(orders * angle[..., None] + phases)
        return radius * np.clip(1 + waves.sum(axis=-1), 0.4, 1.8)

    return outline


def draw_body(where: Patch, outline: Outline, softness: float) -> Field:
    """A rounded body of height 1, whose edge is blurred over `softness` of its radius."""
    share = np.hypot(where.y, where.x) / outline(np.arctan2(where.y, where.x))
    dome = 1 - 0.5 * np.square(np.minimum(share, 1))
    return dome * expit((1 - share) / (0.5 * softness))


def draw_spicules(
    where: Patch, frame: Frame, radius: float, draw: np.random.Generator
) -> tuple[Field, NDArray[np.float64]]:
    """Thin rays of height up to 1 from a body, and their angles and lengths, (n, 2)."""
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


def add_speck(
    added: Field, frame: Frame, position: Position, radius: float, contrast: float
) -> None:
    """Adds a calcification, with its contrast reduced according to the image's resolution."""
    width = np.hypot(0.6 * radius, 0.5 * frame.pixel)
    where = cut_patch(frame, position, 4 * width)
    shape = np.exp(-0.5 * (np.square(where.y) + np.square(where.x)) / width**2)
    added[where.window] += contrast * (0.6 * radius / width) ** 2 * shape


def trace_outline(
    position: Position, outline: Outline, margin: float, count: int, draw: np.random.Generator
) -> Points:
    """`count` points along an outline, `margin` times as wide, with the error of a hand."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    away = outline(angles) * (margin + 0.02 * np.cos(3 * angles + draw.uniform(0, 6)))
    return polar_points(position, angles, away)


def trace_star(position: Position, outline: Outline, tips: NDArray[np.float64]) -> Points:
    """The contour of a spiculated region: out to each spicule, and back to the body between."""
    angles, lengths = tips.T
    between = angles + 0.5 * np.diff(angles, append=angles[0] + 2 * np.pi)
    turns = np.stack([angles, between], 1).ravel()
    return polar_points(
        position, turns, np.stack([0.75 * lengths, 1.15 * outline(between)], 1).ravel()
    )


def polar_points(
    position: Position, angles: NDArray[np.floating], away: NDArray[np.floating]
) -> NDArray[np.float64]:
    """(n, 2) points at these angles and distances from `position`."""
    return np.stack([position[0] + away * np.sin(angles), position[1] + away * np.cos(angles)], 1)
