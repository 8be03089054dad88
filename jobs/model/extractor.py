"""The frozen base, whatever runs it: views in, features out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from jobs.config.study import Study


class Base(Protocol):
    """What makes features of views.

    Attributes:
        output_shape: (h, w, channels) of one view's features.
        gpu: the number of the GPU that takes the views; None is the CPU.
        device: what computes, for manifests.
        determinism: what makes a run come out the same again, for manifests.
    """

    output_shape: tuple[int, int, int]
    gpu: int | None
    device: str
    determinism: Mapping[str, object]

    def features(self, views: Any) -> np.ndarray:
        """The layer's output, (n, *output_shape), in the dtype that the base was made for.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1]: an array, or a tensor that is handed
                over by DLPack.
        """


def make_base(
    study: Study, precision: str, checkpoint: Path, quantised: Path, stored: str = "float32"
) -> Base:
    """The study's base in a precision that is one: from the checkpoint, or the quantised model.

    Its features come in the dtype `stored`: rounding them is the cheaper where they are made.

    Raises:
        ConfigError: this machine does not compute in `precision`.
        DataError: the checkpoint is not Inception V3's, or does not reach the layer.
    """
    model = study.model
    if precision == "int8":
        from jobs.model.openvino_extractor import OpenVinoBase

        return OpenVinoBase(quantised, model.pooling, stored)
    from jobs.model.tensorflow_extractor import Backbone

    size = study.views.size
    return Backbone(checkpoint, model.layer, size, model.pooling, precision, stored)
