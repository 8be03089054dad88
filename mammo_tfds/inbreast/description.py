"""What TFDS says of a synthetic dataset: that it is one, and its own counts."""

from collections.abc import Collection, Sequence
from pathlib import Path

import tensorflow_datasets.public_api as tfds
from tensorflow_datasets.core.dataset_info import read_proto_from_builder_dir

from mammo_tfds.inbreast.tables import Image
from mammo_tfds.release.release import is_sick

_SYNTHETIC = "SYNTHETIC."


def describe_synthetic(
    info: tfds.core.DatasetInfo, images: Sequence[Image], sick: Collection[int]
) -> None:
    """Puts the description of a synthetic dataset in place of INbreast's, without a citation."""
    patients = len({image.patient for image in images})
    positive = sum(is_sick(image.birads, sick) for image in images)
    categories = ", ".join(map(str, sorted(sick)))
    _replace(
        info,
        f"{_SYNTHETIC} A program drew these {len(images)} images of {patients} made-up patients, "
        f"in the form of INbreast: {positive} are sick (BI-RADS {categories}), "
        f"{len(images) - positive} healthy. What is measured on them says nothing about real "
        "mammograms.",
    )


def restore_description(info: tfds.core.DatasetInfo, folder: Path) -> None:
    """Takes a synthetic dataset's description from its folder; TFDS itself takes the code's."""
    stored = read_proto_from_builder_dir(folder).description
    if stored.startswith(_SYNTHETIC):
        _replace(info, stored)


def _replace(info: tfds.core.DatasetInfo, description: str) -> None:
    info.as_proto.description = description
    info.as_proto.ClearField("citation")
