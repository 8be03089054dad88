"""A prepared dataset as an object, of images whose pixels are never read."""

from pathlib import Path

from jobs.artifacts.manifest import Manifest
from jobs.config.names import TEST
from jobs.data.dataset import Dataset, Image

SPLITS = (TEST, "fold0", "fold1")


def small_dataset(count: int = 12) -> Dataset:
    """A dataset of `count` images in a test set and two folds; every second one is sick."""
    images = tuple(
        Image(
            image_id=str(1000 + number),
            patient=f"{number:016x}",
            side="L",
            view="CC",
            birads="5" if number % 2 else "1",
            density=None,
            split=SPLITS[number % 3],
            index=number // 3,
            rows=48,
            columns=40,
            pixels_sha256=f"{number:064x}",
        )
        for number in range(count)
    )
    splits = {
        split: tuple(image.image_id for image in images if image.split == split) for split in SPLITS
    }
    manifest = Manifest(
        stage="prepare",
        key="d" * 64,
        inputs={},
        configuration={},
        format=1,
        files={},
        versions={},
        determinism={},
        device="cpu",
        threads=1,
        seconds=0.0,
        peak_memory=0,
    )
    return Dataset(Path("nowhere"), manifest, images, splits, "e" * 64)
