"""How findings look in one mammographic view, and the contours that a radiologist draws."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mammo_tfds.phantom.anatomy import Frame, Points
from mammo_tfds.phantom.findings import Finding, Kind
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng
from mammo_tfds.phantom.shapes import (
    Outline,
    Position,
    add_speck,
    cut_patch,
    draw_body,
    draw_spicules,
    make_outline,
    polar_points,
    trace_outline,
    trace_star,
)
from mammo_tfds.phantom.texture import Field

_WORDS = {  # INbreast's spellings, about as frequent as there
    "mass": ("Mass",) * 30 + ("Unnamed",),
    "spicules": ("Spiculated Region",) * 3 + ("Spiculated region", "Espiculated Region"),
    "cluster": ("Cluster",),
    "calcification": ("Calcification",) * 25 + ("Calcifications",) * 5 + ("Point 1", "Point 3", ""),
    "asymmetry": ("Asymmetry", "Assymetry"),
    "distortion": ("Distortion",),
}


@dataclass(frozen=True)
class DrawnContour:
    """A contour with points in heights, and the radiologist's word; "" where there is none."""

    word: str
    points: Points


def add_findings(
    seed: int, exposure: Exposure, frame: Frame, found: tuple[Finding, ...]
) -> tuple[Field, list[DrawnContour]]:
    """What the findings add to the tissue, (rows, cols) float32 in gains, and their contours."""
    added = np.zeros(frame.shape, np.float32)
    contours: list[DrawnContour] = []
    for finding in found:
        position = _choose_position(frame, finding, exposure.view)
        draw = rng(seed, "lesion", exposure.index, exposure.side, exposure.view, finding.number)
        contours += _DRAW[finding.kind](added, frame, finding, position, draw)
    return added, contours


def draw_standard_mass(frame: Frame) -> Field:
    """(rows, cols) float32 in gains: a soft mass of medium size and contrast in the middle."""
    return 0.8 * frame.bump(frame.at(0.45, 0.0), 0.035)


def _choose_position(frame: Frame, finding: Finding, view: str) -> Position:
    """The finding's position, moved towards the middle until it is clear of skin and muscle."""
    position, middle = frame.at(finding.posterior, finding.across[view]), frame.at(0.45, 0.0)
    for _ in range(20):
        clear = frame.look_up(frame.depth, position) > 0.03 + finding.radius
        if clear and (
            frame.muscle is None or frame.look_up(frame.muscle, position) < -finding.radius
        ):
            break
        position = (0.88 * position[0] + 0.12 * middle[0], 0.88 * position[1] + 0.12 * middle[1])
    return position


def _draw_round_mass(
    added: Field, frame: Frame, finding: Finding, position: Position, draw: np.random.Generator
) -> list[DrawnContour]:
    outline = make_outline(finding.radius, 0.05, draw)
    where = cut_patch(frame, position, 2 * finding.radius)
    added[where.window] += finding.contrast * draw_body(where, outline, softness=0.05)
    return [_make_contour("mass", _trace(position, outline, 1.05, draw), draw)]


def _draw_spiculated_mass(
    added: Field, frame: Frame, finding: Finding, position: Position, draw: np.random.Generator
) -> list[DrawnContour]:
    outline = make_outline(0.72 * finding.radius, 0.17, draw)
    where = cut_patch(frame, position, 2.4 * finding.radius)
    rays, tips = draw_spicules(where, frame, finding.radius, draw)
    mass = np.maximum(draw_body(where, outline, softness=0.12), 0.9 * rays)
    added[where.window] += finding.contrast * mass
    drawn = [_make_contour("mass", _trace(position, outline, 1.08, draw), draw)]
    if draw.uniform() < 0.45:
        drawn.append(_make_contour("spicules", trace_star(position, outline, tips), draw))
    return drawn


def _draw_distortion(
    added: Field, frame: Frame, finding: Finding, position: Position, draw: np.random.Generator
) -> list[DrawnContour]:
    outline = make_outline(finding.radius, 0.15, draw)
    where = cut_patch(frame, position, 3 * finding.radius)
    rays, _ = draw_spicules(where, frame, finding.radius, draw)
    haze = draw_body(where, outline, softness=0.6)
    added[where.window] += finding.contrast * (0.45 * haze + 0.6 * rays)
    return [_make_contour("distortion", _trace(position, outline, 1.3, draw), draw)]


def _draw_asymmetry(
    added: Field, frame: Frame, finding: Finding, position: Position, draw: np.random.Generator
) -> list[DrawnContour]:
    outline = make_outline(finding.radius, 0.2, draw)
    where = cut_patch(frame, position, 3 * finding.radius)
    added[where.window] += 0.8 * finding.contrast * draw_body(where, outline, softness=0.4)
    return [_make_contour("asymmetry", _trace(position, outline, 1.1, draw), draw)]


def _draw_cluster(
    added: Field, frame: Frame, finding: Finding, position: Position, draw: np.random.Generator
) -> list[DrawnContour]:
    outline = make_outline(finding.radius, 0.15, draw)
    where = cut_patch(frame, position, 3 * finding.radius)
    added[where.window] += 0.4 * finding.contrast * draw_body(where, outline, softness=0.4)
    count = int(draw.integers(12, 30))
    angles = draw.uniform(0, 2 * np.pi, count)
    specks = polar_points(position, angles, outline(angles) * np.sqrt(draw.uniform(0, 0.85, count)))
    for y, x in specks:
        radius, strength = draw.uniform(0.0009, 0.0021), draw.uniform(0.8, 1.8)
        add_speck(added, frame, (y, x), radius, strength * finding.contrast)
    drawn = [_make_contour("cluster", _trace(position, outline, 1.1, draw), draw)]
    if draw.uniform() < 0.3:
        drawn += [_make_contour("calcification", speck[None], draw) for speck in specks[:6]]
    return drawn


def _draw_calcification(
    added: Field, frame: Frame, finding: Finding, position: Position, draw: np.random.Generator
) -> list[DrawnContour]:
    """Usually marked by one point, sometimes by two or by a small polygon."""
    add_speck(added, frame, position, finding.radius, 3 * finding.contrast)
    how = draw.uniform()
    if how < 0.25:
        outline = make_outline(max(1.6 * finding.radius, 0.003), 0.1, draw)
        return [
            _make_contour("calcification", trace_outline(position, outline, 1.0, 9, draw), draw)
        ]
    y, x = position
    points = [position, (y + 0.0004, x + 0.0006)] if how < 0.35 else [position]
    return [_make_contour("calcification", np.array(points), draw)]


_DRAW: dict[
    Kind, Callable[[Field, Frame, Finding, Position, np.random.Generator], list[DrawnContour]]
] = {
    "round mass": _draw_round_mass,
    "spiculated mass": _draw_spiculated_mass,
    "distortion": _draw_distortion,
    "asymmetry": _draw_asymmetry,
    "cluster": _draw_cluster,
    "calcification": _draw_calcification,
}


def _make_contour(what: str, points: Points, draw: np.random.Generator) -> DrawnContour:
    return DrawnContour(str(draw.choice(_WORDS[what])), points)


def _trace(
    position: Position, outline: Outline, margin: float, draw: np.random.Generator
) -> Points:
    """A contour of 40 to 89 points around an outline."""
    return trace_outline(position, outline, margin, int(draw.integers(40, 90)), draw)
