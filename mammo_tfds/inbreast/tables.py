"""What lies beside TFDS's own files: folds.json (the splits and their hash), images.csv (a row an
image). Both are plain, so that a study can be followed without TFDS."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path

from mammo_tfds.release.release import SICK
from mammo_tfds.splits import splits_hash

FOLDS = "folds.json"
IMAGES = "images.csv"


@dataclass(frozen=True)
class Splitting:
    """All that the splits depend on beside the release.

    Attributes:
        seed: another seed deals the patients otherwise.
        folds: how many, at least 2.
        test: the test set's share of the patients of each class, above 0 and below 1.
        sick: the BI-RADS categories of the sick class; 4 stands for 4a, 4b and 4c, too.
    """

    seed: int = 20
    folds: int = 5
    test: float = 0.2
    sick: tuple[int, ...] = SICK


@dataclass(frozen=True)
class Folds:
    """folds.json: each split's image ids, sorted, and what they were made from."""

    splitting: Splitting
    splits: dict[str, tuple[str, ...]]

    @property
    def hash(self) -> str:
        """The sha256 of the splits, in hex."""
        return splits_hash(self.splits)


@dataclass(frozen=True)
class Image:
    """A row of images.csv.

    Attributes:
        image_id, patient, side, view, birads, density: as in `mammo_tfds.release.release.Record`.
        split: "test", "fold0", "fold1" and so on.
        index: the record's place in the split, from 0.
        rows, columns: the image's size in pixels.
        pixels_sha256: as `mammo_tfds.pixels.read.pixels_sha256` makes it.
    """

    image_id: str
    patient: str
    side: str
    view: str
    birads: str
    density: int | None
    split: str
    index: int
    rows: int
    columns: int
    pixels_sha256: str


def write_folds(folder: Path, folds: Folds) -> None:
    """Writes folds.json."""
    content = {**asdict(folds.splitting), "splits": folds.splits, "hash": folds.hash}
    (folder / FOLDS).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def read_folds(folder: Path) -> Folds:
    """Reads folds.json.

    Raises:
        FileNotFoundError: there is none.
        ValueError: the splits are not those that the hash was made from.
    """
    content = json.loads((folder / FOLDS).read_text(encoding="utf-8"))
    chosen = {field.name: content[field.name] for field in fields(Splitting)}
    folds = Folds(
        Splitting(**{**chosen, "sick": tuple(chosen["sick"])}),
        {name: tuple(ids) for name, ids in content["splits"].items()},
    )
    if folds.hash != content["hash"]:
        raise ValueError(
            f"{folder / FOLDS}: the splits must be those of the hash {content['hash']}; "
            f"they make {folds.hash}: prepare the dataset again"
        )
    return folds


def write_images(folder: Path, images: Iterable[Image]) -> None:
    """Writes images.csv: comma separated, LF, a blank for no density."""
    with (folder / IMAGES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Image))
        writer.writerows(astuple(image) for image in images)


def read_images(folder: Path) -> tuple[Image, ...]:
    """Reads images.csv."""
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
