"""What an example holds, and the way between records and examples."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import tensorflow_datasets.public_api as tfds
from numpy.typing import NDArray

from mammo_tfds.release.contours import KINDS, Contour
from mammo_tfds.release.release import Record, is_sick

_UNKNOWN = "unknown"


def make_features() -> tfds.features.FeaturesDict:
    """The features, documented where TFDS shows them."""
    return tfds.features.FeaturesDict(
        {
            "image": tfds.features.Tensor(
                shape=(None, None, 1),
                dtype=np.uint16,
                # Raw: array_record compresses it, and PNG would need OpenCV or TensorFlow to read.
                encoding=tfds.features.Encoding.BYTES,
                doc="(rows, columns, 1), all bits of the file, larger is brighter",
            ),
            "image_id": tfds.features.Text(doc="digits, the file name in INbreast.csv"),
            "patient": tfds.features.Text(doc="16 hex digits, from the DICOM file's name"),
            "side": tfds.features.ClassLabel(names=["L", "R"]),
            "view": tfds.features.ClassLabel(names=["CC", "MLO", "FB"]),
            "birads": tfds.features.Text(doc="0 to 6, 4a, 4b or 4c"),
            "density": tfds.features.ClassLabel(
                names=[_UNKNOWN, "1", "2", "3", "4"], doc="ACR; the index is the density, or 0"
            ),
            "label": tfds.features.ClassLabel(names=["healthy", "sick"]),
            # Not nested sequences: TFDS cannot write those without importing TensorFlow, nor batch
            # them.
            "contours": tfds.features.Sequence(
                {
                    "kind": tfds.features.ClassLabel(names=list(KINDS)),
                    "word": tfds.features.Text(doc="the radiologist's own"),
                    "length": tfds.features.Scalar(np.int32, doc="how many points it has"),
                }
            ),
            "points": tfds.features.Tensor(
                shape=(None, 2),
                dtype=np.float32,
                doc="(x, y) in pixels, x to the right, y down: all contours' one after another",
            ),
        }
    )


def make_example(
    record: Record, pixels: NDArray[np.uint16], sick: Collection[int]
) -> dict[str, Any]:
    """The example of a record whose image is `pixels`, (H, W)."""
    points = [point for contour in record.contours for point in contour.points]
    return {
        "image": pixels[..., np.newaxis],
        "image_id": record.image_id,
        "patient": record.patient,
        "side": record.side,
        "view": record.view,
        "birads": record.birads,
        "density": str(record.density or _UNKNOWN),
        "label": "sick" if is_sick(record.birads, sick) else "healthy",
        "contours": [
            {"kind": contour.kind, "word": contour.word, "length": len(contour.points)}
            for contour in record.contours
        ],
        "points": np.array(points, np.float32).reshape(-1, 2),
    }


def example_contours(example: Mapping[str, Any]) -> tuple[Contour, ...]:
    """The contours of an example as NumPy, as `tfds.data_source` gives it."""
    drawn = example["contours"]
    ends = np.cumsum(drawn["length"], dtype=np.int64)
    return tuple(
        Contour(
            kind=KINDS[kind],
            word=word.decode(),
            points=tuple((float(x), float(y)) for x, y in example["points"][end - length : end]),
        )
        for kind, word, length, end in zip(
            drawn["kind"], drawn["word"], drawn["length"], ends, strict=True
        )
    )
