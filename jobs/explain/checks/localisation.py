"""localisation.csv: how each heat map of each image with contours compares with them."""

import csv
import dataclasses
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jobs.common.types import Array, Bools
from jobs.explain.checks import pointing


@dataclass(frozen=True)
class Localisation:
    """One map of one image.

    Attributes:
        model: whose logit the map explains; a baseline's, too.
        image_id: the image's.
        patient: the patient's 16 hex digits.
        sick: whether the image is of the sick class.
        kinds: what is drawn on the image, sorted, with `+` between them.
        extent: the square root of the lesions' share of the breast's area: a length's share.
        method: the method's or the baseline's name.
        hit: 1 if the map's highest point is at a lesion, with tolerance; 0 if it is not.
        chance: `hit` of a point anywhere in the breast.
        inside: the share of the relevance for sick that is in lesions; NaN if there is none.
        lesion_share: `inside` of a map that is the same all over the breast.
        outside: the share of the map's energy outside of the breast; NaN of a map of zeros.
    """

    model: str
    image_id: str
    patient: str
    sick: bool
    kinds: str
    extent: float
    method: str
    hit: float
    chance: float
    inside: float
    lesion_share: float
    outside: float


COLUMNS = [field.name for field in dataclasses.fields(Localisation)]
_NUMBERS = ("extent", "hit", "chance", "inside", "lesion_share", "outside")


@dataclass(frozen=True)
class Marked:
    """An image with contours, in its view.

    Attributes:
        image_id: the image's.
        patient: the patient's 16 hex digits.
        sick: whether it is of the sick class.
        kinds: what is drawn on it, sorted.
        lesions: (rows, columns) bool.
        breast: (rows, columns) bool.
    """

    image_id: str
    patient: str
    sick: bool
    kinds: tuple[str, ...]
    lesions: Bools
    breast: Bools


def localise(model: str, method: str, heatmap: Array, image: Marked) -> Localisation:
    """How a map, (rows, columns) float32, compares with an image's contours."""
    lesions, breast = image.lesions, image.breast
    share = pointing.lesion_share(lesions, breast)
    return Localisation(
        model=model,
        image_id=image.image_id,
        patient=image.patient,
        sick=image.sick,
        kinds="+".join(image.kinds),
        extent=float(np.sqrt(share)),
        method=method,
        hit=pointing.pointing_game(heatmap, lesions, breast),
        chance=pointing.pointing_chance(lesions, breast),
        inside=pointing.relevance_inside(heatmap, lesions),
        lesion_share=share,
        outside=pointing.energy_outside(heatmap, breast),
    )


def to_csv(rows: Iterable[Localisation]) -> bytes:
    """The rows as localisation.csv: numbers with six digits, NaN as nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_plain(getattr(row, name)) for name in COLUMNS])
    return text.getvalue().encode()


def read_localisation(path: Path) -> list[Localisation]:
    """What `to_csv` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [_row(each) for each in csv.DictReader(file)]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return str(value)


def _row(cells: dict[str, str]) -> Localisation:
    values: dict[str, Any] = {**cells, "sick": cells["sick"] == "1"}
    values.update({name: float(cells[name] or "nan") for name in _NUMBERS})
    return Localisation(**values)
