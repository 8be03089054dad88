"""How findings look in one view, and the contours that a radiologist draws round them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from mammo_tfds.phantom.anatomy import Frame
from mammo_tfds.phantom.findings import Finding
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.texture import Field

Points = NDArray[np.float64]  # (n, 2): y, x in heights
Place = tuple[float, float]  # y, x in heights

_WORDS = {  # as INbreast spells them, the frequent ones first
    "mass": ("Mass",) * 30 + ("Unnamed",),
    "spicules": ("Spiculated Region",) * 3 + ("Spiculated region", "Espiculated Region"),
    "cluster": ("Cluster",),
    "calcification": ("Calcification",) * 25 + ("Calcifications",) * 5 + ("Point 1", "Point 3", ""),
    "asymmetry": ("Asymmetry", "Assymetry"),
    "distortion": ("Distortion",),
}


@dataclass(frozen=True)
class Drawn:
    """A contour under the radiologist's own word, which is "" where there is none."""

    word: str
    points: Points


@dataclass(frozen=True)
class _Patch:
    """The part of an image round a finding, with each pixel's offset from its middle."""

    window: tuple[slice, slice]
    y: Field
    x: Field
    pixel: float


def add_findings(
    seed: int, exposure: Exposure, frame: Frame, found: tuple[Finding, ...]
) -> tuple[Field, list[Drawn]]:
    """What findings add to the tissue, (rows, cols) float32 in gains, and their contours."""
    added = np.zeros(frame.shape, np.float32)
    contours: list[Drawn] = []
    for finding in found:
        key = (exposure.index, exposure.side, exposure.view, finding.number)
        draw = rng(seed, "lesion", *key)
        contours += _DRAW[finding.kind](
            added, frame, finding, _place(frame, finding, exposure), draw
        )
    return added, contours


def _place(frame: Frame, finding: Finding, exposure: Exposure) -> Place:
    """Where the finding lies: moved towards the middle until it is clear of skin and muscle."""
    place = frame.at(finding.posterior, finding.across[exposure.view])
    middle = frame.at(0.45, 0.0)
    for _ in range(20):
        clear = frame.look_up(frame.depth, place) > 0.02 + finding.radius
        if clear and (frame.muscle is None or frame.look_up(frame.muscle, place) < -finding.radius):
            break
        place = (0.88 * place[0] + 0.12 * middle[0], 0.88 * place[1] + 0.12 * middle[1])
    return place


def _round_mass(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = _lobes(finding.radius, 0.05, draw)
    _add_body(added, frame, place, outline, finding.contrast, softness=0.05)
    return [_round(place, outline, 1.05, "mass", draw)]


def _spiculated_mass(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = _lobes(0.72 * finding.radius, 0.22, draw)
    _add_body(added, frame, place, outline, finding.contrast, softness=0.13)
    tips = _add_spicules(added, frame, place, finding, 0.6, draw)
    drawn = [_round(place, outline, 1.08, "mass", draw)]
    if draw.uniform() < 0.45:
        drawn.append(Drawn(_word("spicules", draw), _star(place, outline, tips)))
    return drawn


def _distortion(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = _lobes(finding.radius, 0.15, draw)
    _add_body(added, frame, place, outline, 0.25 * finding.contrast, softness=0.5)
    _add_spicules(added, frame, place, finding, 0.9, draw)
    return [_round(place, outline, 1.3, "distortion", draw)]


def _asymmetry(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = _lobes(finding.radius, 0.2, draw)
    _add_body(added, frame, place, outline, 0.8 * finding.contrast, softness=0.4)
    return [_round(place, outline, 1.1, "asymmetry", draw)]


def _cluster(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = _lobes(finding.radius, 0.15, draw)
    _add_body(added, frame, place, outline, 0.25 * finding.contrast, softness=0.4)
    count = int(draw.integers(12, 30))
    turns = draw.uniform(0, 2 * np.pi, count)
    away = outline(turns) * np.sqrt(draw.uniform(0, 0.85, count))
    specks = np.stack([place[0] + away * np.sin(turns), place[1] + away * np.cos(turns)], 1)
    for y, x in specks:
        radius, strength = draw.uniform(0.0009, 0.0021), draw.uniform(0.8, 1.8)
        _add_speck(added, frame, (y, x), radius, strength * finding.contrast)
    drawn = [_round(place, outline, 1.1, "cluster", draw)]
    if draw.uniform() < 0.3:
        drawn += [Drawn(_word("calcification", draw), speck[None]) for speck in specks[:6]]
    return drawn


def _calcification(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    _add_speck(added, frame, place, finding.radius, 3 * finding.contrast)
    how = draw.uniform()
    if how < 0.25:
        outline = _lobes(max(1.6 * finding.radius, 0.003), 0.1, draw)
        return [_round(place, outline, 1.0, "calcification", draw, count=9)]
    points = np.array([place])
    if how < 0.35:
        points = np.array([place, (place[0] + 0.0004, place[1] + 0.0006)])
    return [Drawn(_word("calcification", draw), points)]


_DRAW: dict[str, Callable[..., list[Drawn]]] = {
    "round mass": _round_mass,
    "spiculated mass": _spiculated_mass,
    "distortion": _distortion,
    "asymmetry": _asymmetry,
    "cluster": _cluster,
    "calcification": _calcification,
}

Outline = Callable[[NDArray[np.floating]], NDArray[np.floating]]  # angle -> radius in heights


def _lobes(radius: float, irregular: float, draw: np.random.Generator) -> Outline:
    """A closed outline about `radius`, the more lobed the more irregular."""
    orders = np.arange(2, 8)
    heights = irregular * draw.normal(0, 1, len(orders)) / orders**0.8
    phases = draw.uniform(0, 2 * np.pi, len(orders))

    def outline(angle: NDArray[np.floating]) -> NDArray[np.floating]:
        waves = (h * np.cos(k * angle + p) for k, h, p in zip(orders, heights, phases, strict=True))
        return radius * np.clip(1 + sum(waves), 0.4, 1.8)

    return outline


def _add_body(
    added: Field, frame: Frame, place: Place, outline: Outline, contrast: float, softness: float
) -> None:
    """Adds a rounded body whose edge is blurred over `softness` of its radius."""
    patch = _patch(frame, place, 3 * float(outline(np.zeros(1)).max()))
    share = np.hypot(patch.y, patch.x) / outline(np.arctan2(patch.y, patch.x))
    dome = 0.65 + 0.35 * np.sqrt(1 - np.square(np.minimum(share, 1)))
    added[patch.window] += contrast * dome * expit((1 - share) / (0.5 * softness))


def _add_spicules(
    added: Field,
    frame: Frame,
    place: Place,
    finding: Finding,
    share: float,
    draw: np.random.Generator,
) -> NDArray[np.float64]:
    """Adds thin rays of `share` of the contrast; returns their (n, 2) angles and lengths."""
    count = int(draw.integers(14, 24))
    angles = np.sort(np.linspace(0, 2 * np.pi, count, endpoint=False) + draw.normal(0, 0.12, count))
    lengths = finding.radius * draw.uniform(1.3, 2.4, count)
    patch = _patch(frame, place, float(lengths.max()))
    rays = np.zeros(patch.y.shape, np.float32)
    for angle, length in zip(angles, lengths, strict=True):
        along = patch.y * np.sin(angle) + patch.x * np.cos(angle)
        beside = patch.y * np.cos(angle) - patch.x * np.sin(angle)
        width = np.hypot(0.0022, 0.5 * patch.pixel)
        fade = np.clip(1 - along / length, 0, 1) * (along > 0)
        np.maximum(rays, fade * np.exp(-np.square(beside / width)), out=rays)
    added[patch.window] += share * finding.contrast * rays
    return np.stack([angles, lengths], 1)


def _add_speck(added: Field, frame: Frame, place: Place, radius: float, contrast: float) -> None:
    """Adds a calcification, with the contrast that is left of it at the image's resolution."""
    width = np.hypot(0.6 * radius, 0.5 * frame.pixel)
    patch = _patch(frame, place, 4 * width)
    shape = np.exp(-0.5 * (np.square(patch.y) + np.square(patch.x)) / width**2)
    added[patch.window] += contrast * (0.6 * radius / width) ** 2 * shape


def _patch(frame: Frame, place: Place, radius: float) -> _Patch:
    (rows, cols), pixel = frame.shape, frame.pixel
    top, left = (max(0, int((middle - radius) / pixel)) for middle in place)
    bottom, right = (
        max(0, min(side, int((middle + radius) / pixel) + 2))
        for middle, side in zip(place, (rows, cols), strict=True)
    )
    window = (slice(top, bottom), slice(left, right))
    y, x = frame.y[window[0]] - np.float32(place[0]), frame.x[:, window[1]] - np.float32(place[1])
    return _Patch(window, *np.broadcast_arrays(y, x), pixel)


def _round(
    place: Place,
    outline: Outline,
    margin: float,
    what: str,
    draw: np.random.Generator,
    count: int = 0,
) -> Drawn:
    """The contour drawn by hand round an outline, a little wider and not quite true."""
    count = count or int(draw.integers(40, 90))
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    away = outline(angles) * (margin + 0.02 * np.cos(3 * angles + draw.uniform(0, 6)))
    points = np.stack([place[0] + away * np.sin(angles), place[1] + away * np.cos(angles)], 1)
    return Drawn(_word(what, draw), points)


def _star(place: Place, outline: Outline, tips: NDArray[np.float64]) -> Points:
    """The contour of a spiculated region: out to each tip, back to the body between them."""
    angles, lengths = tips.T
    between = angles + 0.5 * np.diff(angles, append=angles[0] + 2 * np.pi)
    turns = np.stack([angles, between], 1).ravel()
    away = np.stack([0.75 * lengths, 1.15 * outline(between)], 1).ravel()
    return np.stack([place[0] + away * np.sin(turns), place[1] + away * np.cos(turns)], 1)


def _word(what: str, draw: np.random.Generator) -> str:
    return str(draw.choice(_WORDS[what]))
