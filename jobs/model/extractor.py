"""The extractor, whichever library computes it: views in, features out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from jobs.common.types import Array, Tensor
from jobs.config.study import Study


class FeatureExtractor(Protocol):
    """What makes features of views.

    Attributes:
        gpu: the number of the GPU that takes the views; None is the CPU.
        device: the device that computes, for manifests.
        determinism: the settings that make a run reproducible, for manifests.
    """

    gpu: int | None
    device: str
    determinism: Mapping[str, object]

    def features(self, views: Tensor) -> Array:
        """The layer's output, (n, h, w, channels), in the dtype that the extractor was made for.

        Args:
            views: (n, rows, columns, 1) float32 in [-1, 1]: an array, or a tensor that is handed
                over by DLPack.
        """


def make_extractor(
    study: Study,
    precision: str,
    checkpoint: Path,
    quantised: Path | None,
    stored: str = "float32",
) -> FeatureExtractor:
    """The study's extractor: from the checkpoint, or in int8 from the quantised model.

    Args:
        precision: float32, bfloat16, float16 or int8; never auto.
        quantised: the quantised model's file; None unless the precision is int8.
        stored: the features' dtype. It is cheapest to round them where they are computed.

    Raises:
        ConfigError: this machine does not compute in `precision`.
        DataError: the checkpoint is not Inception V3's, or does not reach the layer.
    """
    model = study.model
    if precision == "int8":
        from jobs.model.openvino_extractor import OpenVinoExtractor

        assert quantised
        return OpenVinoExtractor(quantised, model.pooling, stored)
    from jobs.model.tensorflow_extractor import TensorFlowExtractor

    size = study.views.common_size
    return TensorFlowExtractor(checkpoint, model.layer, size, model.pooling, precision, stored)
