"""The findings of a breast, chosen by its worst category; its two views share them."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.randomness import rng

Kind = Literal["round mass", "spiculated mass", "cluster", "calcification", "asymmetry",
               "distortion"]  # fmt: skip
AT_CHEST_WALL = 0.97  # posterior: cut off by the edge of a CC image, as some are in INbreast

# How often each kind is a breast's main finding, by BI-RADS category. In INbreast most benign
# findings are calcifications, and 72 of the 100 images of category 4 to 6 show a mass.
_KINDS: dict[str, dict[Kind, float]] = {
    "2": {"calcification": 0.76, "round mass": 0.16, "asymmetry": 0.08},
    "3": {"round mass": 0.55, "calcification": 0.25, "asymmetry": 0.20},
    "4": {"spiculated mass": 0.62, "cluster": 0.28, "distortion": 0.10},
    "5": {"spiculated mass": 0.78, "cluster": 0.17, "distortion": 0.05},
    "6": {"spiculated mass": 0.85, "cluster": 0.15},
}
# Contrast of the main finding, in gains (see anatomy.Breast).
_CONTRAST = {"2": 0.22, "3": 0.28, "4a": 0.7, "4b": 0.8, "4c": 0.95, "5": 1.05, "6": 1.1}
_RADIUS: dict[Kind, tuple[float, float]] = {  # heights; 0.01 is 2.3 mm
    "round mass": (0.018, 0.036),
    "spiculated mass": (0.055, 0.095),
    "cluster": (0.035, 0.065),
    "calcification": (0.0014, 0.0028),
    "asymmetry": (0.035, 0.060),
    "distortion": (0.045, 0.075),
}


@dataclass(frozen=True)
class Finding:
    """A finding in anatomical coordinates (see anatomy.Frame.at), shared by a breast's views."""

    number: int  # within the breast, from 0
    kind: Kind
    radius: float  # heights
    contrast: float  # gains
    posterior: float  # 0 at the nipple, 1 at the chest wall
    across: dict[str, float]  # by view: distance from the axis, in half breadths of the breast


def choose_findings(seed: int, exposure: Exposure) -> tuple[Finding, ...]:
    """The findings in an exposure: none in category 1, else all findings of its breast.

    Additional calcifications are as frequent with a benign main finding as with a suspicious one.
    """
    if exposure.birads == "1":
        return ()
    draw = rng(seed, "findings", exposure.index, exposure.side)
    chances = _KINDS[exposure.finding[0]]
    kind = list(chances)[draw.choice(len(chances), p=list(chances.values()))]
    contrast = _CONTRAST[exposure.finding] * draw.lognormal(0.0, 0.25)
    main = _finding(0, kind, contrast, draw)
    if draw.uniform() < 0.06:
        main = replace(main, posterior=AT_CHEST_WALL)
    additional = [
        _finding(number, "calcification", 0.5 * draw.lognormal(0.0, 0.2), draw)
        for number in range(1, 1 + int(draw.integers(0, 3)))
    ]
    return (main, *additional)


def _finding(number: int, kind: Kind, contrast: float, draw: np.random.Generator) -> Finding:
    return Finding(
        number=number,
        kind=kind,
        radius=draw.uniform(*_RADIUS[kind]),
        contrast=contrast,
        posterior=draw.uniform(0.25, 0.75),
        across={view: draw.uniform(-0.55, 0.55) for view in ("CC", "MLO", "FB")},
    )
