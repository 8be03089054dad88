"""The feature that holds an image: stored as a tensor, shown by TFDS as a picture."""

from typing import Any

import numpy as np
import tensorflow_datasets.public_api as tfds
from numpy.typing import NDArray

_TENSOR = f"{tfds.features.Tensor.__module__}.{tfds.features.Tensor.__name__}"
_STEP = 8  # every eighth pixel is enough for a thumbnail's greys


class MammogramFeature(tfds.features.Tensor, tfds.features.Image):
    """An image of 16 bits that is stored uncompressed.

    array_record compresses records itself, and TFDS needs OpenCV or TensorFlow to read PNG of 16
    bits. TFDS draws features of its class Image alone, in `tfds.visualization.show_examples` and
    in what `tfds.as_dataframe` shows in a notebook.
    """

    def __init__(self, doc: str) -> None:
        """(rows, columns, 1) uint16, any number of rows and columns."""
        super().__init__(
            shape=(None, None, 1),
            dtype=np.uint16,
            encoding=tfds.features.Encoding.BYTES,
            doc=doc,
        )
        self._use_colormap = False  # of Image

    def to_proto(self) -> Any:
        """As a plain Tensor, so that TFDS reads a dataset's folder without this package."""
        proto = super().to_proto()
        proto.python_class_name = _TENSOR
        return proto

    def repr_html(self, ex: NDArray[np.uint16]) -> str:
        """A thumbnail whose greys span the image's own values."""
        low, high = (float(value) for value in np.percentile(ex[::_STEP, ::_STEP], (0, 99.8)))
        grey = np.clip((ex - low) / max(high - low, 1.0), 0, 1) * 255
        return tfds.features.Image.repr_html(self, grey.astype(np.uint8))
