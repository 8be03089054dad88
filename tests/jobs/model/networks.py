"""Networks as OpenVINO's models."""

from typing import Any

from jobs.model.graph import Network
from jobs.model.openvino_extractor import apply, build_values, finish_model


def model_of(network: Network, size: tuple[int, int]) -> Any:
    """The network as OpenVINO's model, in float32."""
    views, values = build_values(network, size, apply)
    return finish_model(views, values[network[-1].name])
