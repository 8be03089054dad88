"""How findings look in one view, and the contours that a radiologist draws round them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mammo_tfds.phantom.anatomy import Frame, Points
from mammo_tfds.phantom.findings import Finding, Kind
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.shapes import (
    Place,
    add_speck,
    around,
    body,
    by_hand,
    lobes,
    patch,
    spicules,
    star,
)
from mammo_tfds.phantom.texture import Field

_WORDS = {  # as INbreast spells them, and about as often
    "mass": ("Mass",) * 30 + ("Unnamed",),
    "spicules": ("Spiculated Region",) * 3 + ("Spiculated region", "Espiculated Region"),
    "cluster": ("Cluster",),
    "calcification": ("Calcification",) * 25 + ("Calcifications",) * 5 + ("Point 1", "Point 3", ""),
    "asymmetry": ("Asymmetry", "Assymetry"),
    "distortion": ("Distortion",),
}


@dataclass(frozen=True)
class Drawn:
    """A contour in heights under the radiologist's own word, which is "" where there is none."""

    word: str
    points: Points


def add_findings(
    seed: int, exposure: Exposure, frame: Frame, found: tuple[Finding, ...]
) -> tuple[Field, list[Drawn]]:
    """What findings add to the tissue, (rows, cols) float32 in gains, and their contours."""
    added = np.zeros(frame.shape, np.float32)
    contours: list[Drawn] = []
    for finding in found:
        place = _place(frame, finding, exposure.view)
        draw = rng(seed, "lesion", exposure.index, exposure.side, exposure.view, finding.number)
        contours += _DRAW[finding.kind](added, frame, finding, place, draw)
    return added, contours


def standard_mass(frame: Frame) -> Field:
    """(rows, cols) float32 gains of a soft mass of middling size and contrast in the middle."""
    return 0.8 * frame.bump(frame.at(0.45, 0.0), 0.035)


def _place(frame: Frame, finding: Finding, view: str) -> Place:
    """Where the finding lies: moved towards the middle until it is clear of skin and muscle."""
    place, middle = frame.at(finding.posterior, finding.across[view]), frame.at(0.45, 0.0)
    for _ in range(20):
        clear = frame.look_up(frame.depth, place) > 0.03 + finding.radius
        if clear and (frame.muscle is None or frame.look_up(frame.muscle, place) < -finding.radius):
            break
        place = (0.88 * place[0] + 0.12 * middle[0], 0.88 * place[1] + 0.12 * middle[1])
    return place


def _round_mass(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = lobes(finding.radius, 0.05, draw)
    where = patch(frame, place, 2 * finding.radius)
    added[where.window] += finding.contrast * body(where, outline, softness=0.05)
    return [_drawn("mass", by_hand(place, outline, 1.05, _points(draw), draw), draw)]


def _spiculated_mass(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = lobes(0.72 * finding.radius, 0.17, draw)
    where = patch(frame, place, 2.4 * finding.radius)
    rays, tips = spicules(where, frame, finding.radius, draw)
    mass = np.maximum(body(where, outline, softness=0.12), 0.9 * rays)
    added[where.window] += finding.contrast * mass
    drawn = [_drawn("mass", by_hand(place, outline, 1.08, _points(draw), draw), draw)]
    if draw.uniform() < 0.45:
        drawn.append(_drawn("spicules", star(place, outline, tips), draw))
    return drawn


def _distortion(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = lobes(finding.radius, 0.15, draw)
    where = patch(frame, place, 3 * finding.radius)
    rays, _ = spicules(where, frame, finding.radius, draw)
    haze = body(where, outline, softness=0.6)
    added[where.window] += finding.contrast * (0.45 * haze + 0.6 * rays)
    return [_drawn("distortion", by_hand(place, outline, 1.3, _points(draw), draw), draw)]


def _asymmetry(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = lobes(finding.radius, 0.2, draw)
    where = patch(frame, place, 3 * finding.radius)
    added[where.window] += 0.8 * finding.contrast * body(where, outline, softness=0.4)
    return [_drawn("asymmetry", by_hand(place, outline, 1.1, _points(draw), draw), draw)]


def _cluster(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    outline = lobes(finding.radius, 0.15, draw)
    where = patch(frame, place, 3 * finding.radius)
    added[where.window] += 0.4 * finding.contrast * body(where, outline, softness=0.4)
    count = int(draw.integers(12, 30))
    angles = draw.uniform(0, 2 * np.pi, count)
    specks = around(place, angles, outline(angles) * np.sqrt(draw.uniform(0, 0.85, count)))
    for y, x in specks:
        radius, strength = draw.uniform(0.0009, 0.0021), draw.uniform(0.8, 1.8)
        add_speck(added, frame, (y, x), radius, strength * finding.contrast)
    drawn = [_drawn("cluster", by_hand(place, outline, 1.1, _points(draw), draw), draw)]
    if draw.uniform() < 0.3:
        drawn += [_drawn("calcification", speck[None], draw) for speck in specks[:6]]
    return drawn


def _calcification(
    added: Field, frame: Frame, finding: Finding, place: Place, draw: np.random.Generator
) -> list[Drawn]:
    """Marked by one point as a rule, at times by two or by a small polygon."""
    add_speck(added, frame, place, finding.radius, 3 * finding.contrast)
    how = draw.uniform()
    if how < 0.25:
        outline = lobes(max(1.6 * finding.radius, 0.003), 0.1, draw)
        return [_drawn("calcification", by_hand(place, outline, 1.0, 9, draw), draw)]
    y, x = place
    points = [place, (y + 0.0004, x + 0.0006)] if how < 0.35 else [place]
    return [_drawn("calcification", np.array(points), draw)]


_DRAW: dict[Kind, Callable[[Field, Frame, Finding, Place, np.random.Generator], list[Drawn]]] = {
    "round mass": _round_mass,
    "spiculated mass": _spiculated_mass,
    "distortion": _distortion,
    "asymmetry": _asymmetry,
    "cluster": _cluster,
    "calcification": _calcification,
}


def _drawn(what: str, points: Points, draw: np.random.Generator) -> Drawn:
    return Drawn(str(draw.choice(_WORDS[what])), points)


def _points(draw: np.random.Generator) -> int:
    return int(draw.integers(40, 90))
