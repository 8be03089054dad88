"""The files beside TFDS's own: folds.json, images.csv and contours.json.

They are plain text, so that they can be read without TFDS: the splits, a row for each image, and
what was drawn on each image.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any

from mammo_tfds.pixels.types import Window
from mammo_tfds.release.contours import Contour
from mammo_tfds.release.release import SICK, ImageFacts
from mammo_tfds.release.splits import splits_hash

FOLDS = "folds.json"
IMAGES = "images.csv"
CONTOURS = "contours.json"


@dataclass(frozen=True)
class SplitConfig:
    """All that the splits depend on, except the release; the arguments of `assign_splits`.

    Attributes:
        seed: another seed gives other splits.
        folds: how many folds, at least 2.
        test: the test set's share of the patients of each class, above 0 and below 1.
        sick: the BI-RADS categories of the sick class; 4 stands for 4a, 4b and 4c too.

    Examples:
        >>> from mammo_tfds.inbreast import SplitConfig
        >>> SplitConfig(folds=10)
        SplitConfig(seed=20, folds=10, test=0.2, sick=(4, 5, 6))
    """

    seed: int = 20
    folds: int = 5
    test: float = 0.2
    sick: tuple[int, ...] = SICK


@dataclass(frozen=True)
class Folds:
    """The content of folds.json.

    Attributes:
        config: what the splits were made with.
        splits: split name -> its image ids, sorted.
        window: which VOI LUT or window of an image was applied; see
            `mammo_tfds.pixels.types.Window`.

    Examples:
        >>> from mammo_tfds.inbreast import Folds, SplitConfig
        >>> Folds(SplitConfig(), {"test": ("1",), "fold0": ("2", "3")}).hash[:12]
        '0d2b6fbf5b38'
    """

    config: SplitConfig
    splits: dict[str, tuple[str, ...]]
    window: Window = "first"

    @property
    def hash(self) -> str:
        """The sha256 of the splits, in hex."""
        return splits_hash(self.splits)


@dataclass(frozen=True)
class Image(ImageFacts):
    """A row of images.csv: the facts of an image, and where the dataset has it.

    Attributes:
        split: "test", "fold0", "fold1" and so on.
        index: the position of the example in its split, from 0.
        rows, columns: the size of the image in pixels.
        pixels_sha256: see `mammo_tfds.pixels.pixels_sha256`.

    Examples:
        >>> from mammo_tfds.inbreast import Image
        >>> facts = {"image_id": "7", "patient": "0123456789abcdef", "side": "L", "view": "CC"}
        >>> where = {"split": "test", "index": 0, "rows": 4, "columns": 3, "pixels_sha256": "00"}
        >>> Image(**facts, birads="4a", density=None, **where).facts()["birads"]
        '4a'
    """

    split: str
    index: int
    rows: int
    columns: int
    pixels_sha256: str


def write_folds(folder: Path, folds: Folds) -> None:
    """Writes folds.json."""
    settings = {**asdict(folds.config), "window": folds.window}
    content = {**settings, "splits": folds.splits, "hash": folds.hash}
    (folder / FOLDS).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_folds(folder: Path) -> Folds:
    """Reads folds.json.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the stored hash is not that of the splits.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds.inbreast import Folds, SplitConfig, read_folds
        >>> from mammo_tfds.inbreast.tables import write_folds
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_folds(Path(folder), Folds(SplitConfig(seed=7), {"test": ("1",)}))
        ...     folds = read_folds(Path(folder))
        >>> folds.config.seed, folds.splits
        (7, {'test': ('1',)})
    """
    content = json.loads((folder / FOLDS).read_text(encoding="utf-8"))
    config = {field.name: content[field.name] for field in fields(SplitConfig)}
    folds = Folds(
        SplitConfig(**{**config, "sick": tuple(config["sick"])}),
        {name: tuple(ids) for name, ids in content["splits"].items()},
        content.get("window", "first"),  # absent in older datasets
    )
    if folds.hash != content["hash"]:
        raise ValueError(
            f"{folder / FOLDS}: the splits must have the stored hash {content['hash']}; "
            f"got {folds.hash}: prepare the dataset again"
        )
    return folds


def write_images(folder: Path, images: Iterable[Image]) -> None:
    """Writes images.csv: separated by commas, LF at the end of a line, no density is empty."""
    with (folder / IMAGES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Image))
        writer.writerows(astuple(image) for image in images)


def read_images(folder: Path) -> tuple[Image, ...]:
    """Reads images.csv.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds.inbreast import Image, read_images
        >>> from mammo_tfds.inbreast.tables import write_images
        >>> facts = {"image_id": "7", "patient": "0123456789abcdef", "side": "L", "view": "CC"}
        >>> where = {"split": "test", "index": 0, "rows": 4, "columns": 3, "pixels_sha256": "00"}
        >>> image = Image(**facts, birads="4a", density=None, **where)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_images(Path(folder), [image])
        ...     read_images(Path(folder)) == (image,)
        True
    """
    with (folder / IMAGES).open(encoding="utf-8", newline="") as file:
        return tuple(_image(row) for row in csv.DictReader(file))


def _image(row: dict[str, str]) -> Image:
    return Image(
        image_id=row["image_id"],
        patient=row["patient"],
        side=row["side"],
        view=row["view"],
        birads=row["birads"],
        density=int(row["density"]) if row["density"] else None,
        split=row["split"],
        index=int(row["index"]),
        rows=int(row["rows"]),
        columns=int(row["columns"]),
        pixels_sha256=row["pixels_sha256"],
    )


def write_contours(folder: Path, contours: Mapping[str, Iterable[Contour]]) -> None:
    """Writes contours.json: by image id, a list of what was drawn; a line for each image."""
    lines = (
        f"{json.dumps(image_id)}: {json.dumps([asdict(one) for one in drawn])}"
        for image_id, drawn in sorted(contours.items())
    )
    (folder / CONTOURS).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def read_contours(folder: Path) -> Mapping[str, tuple[Contour, ...]]:
    """Reads contours.json: by image id, the contours in their file's order.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import Contour
        >>> from mammo_tfds.inbreast.tables import read_contours, write_contours
        >>> contours = {"7": (Contour("mass", "Mass", ((8.0, 10.0), (16.5, 10.0))),), "8": ()}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_contours(Path(folder), contours)
        ...     read_contours(Path(folder)) == contours
        True
    """
    content = json.loads((folder / CONTOURS).read_text(encoding="utf-8"))
    return {image_id: tuple(map(_contour, drawn)) for image_id, drawn in content.items()}


def _contour(entry: Mapping[str, Any]) -> Contour:
    points = tuple((float(x), float(y)) for x, y in entry["points"])
    return Contour(entry["kind"], entry["word"], points)
