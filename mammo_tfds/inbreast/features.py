"""The features of an example, and the conversion between records and examples."""

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import tensorflow_datasets.public_api as tfds
from numpy.typing import NDArray

from mammo_tfds.inbreast.image_feature import MammogramFeature
from mammo_tfds.release.contours import KINDS, Contour
from mammo_tfds.release.release import Record, is_sick

_UNKNOWN = "unknown"


def feature_spec() -> tfds.features.FeaturesDict:
    """The names, types and descriptions of an example's features; TFDS shows the descriptions.

    Examples:
        >>> from mammo_tfds.inbreast import feature_spec
        >>> feature_spec()["label"].names
        ['healthy', 'sick']
    """
    return tfds.features.FeaturesDict(
        {
            "image": MammogramFeature(
                "(rows, columns, 1), all bits of the file, larger is brighter"
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
            # No nested sequences: TFDS can neither write them without TensorFlow nor batch them.
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
    """The example of a record whose image is `pixels`, (H, W) uint16.

    Examples:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from mammo_tfds import Record
        >>> from mammo_tfds.inbreast import make_example
        >>> record = Record("7", "0123456789abcdef", "L", "CC", "4a", None, (), Path("7.dcm"))
        >>> example = make_example(record, np.zeros((4, 3), np.uint16), sick=(4, 5, 6))
        >>> example["image"].shape, example["label"], example["density"]
        ((4, 3, 1), 'sick', 'unknown')
    """
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
    """The contours of an example in NumPy form, as `tfds.data_source` gives it.

    Examples:
        >>> import numpy as np
        >>> from mammo_tfds.inbreast import example_contours
        >>> contours = {"kind": [2], "word": [b"Mass"], "length": [2]}
        >>> points = np.array([[8, 10], [16, 10]], np.float32)
        >>> example_contours({"contours": contours, "points": points})
        (Contour(kind='mass', word='Mass', points=((8.0, 10.0), (16.0, 10.0))),)
    """
    contours = example["contours"]
    ends = np.cumsum(contours["length"], dtype=np.int64)
    return tuple(
        Contour(
            kind=KINDS[kind],
            word=word.decode(),
            points=tuple((float(x), float(y)) for x, y in example["points"][end - length : end]),
        )
        for kind, word, length, end in zip(
            contours["kind"], contours["word"], contours["length"], ends, strict=True
        )
    )
