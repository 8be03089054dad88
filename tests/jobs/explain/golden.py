"""Attributions of single layers, from iNNvestigate's tests (tests/references/layer, 2023)."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np


@dataclass(frozen=True)
class Golden:
    """A layer's input (8, 10, 10, 3), weights, output, and attribution of its largest output."""

    value: np.ndarray
    weights: list[np.ndarray]
    output: np.ndarray
    attribution: np.ndarray

    @property
    def relevance(self) -> np.ndarray:
        """The largest output of each input; 0 elsewhere."""
        return np.where(self.output == self.output.max(axis=1, keepdims=True), self.output, 0)


def read_golden(shared: Path, name: str, layer: str) -> Golden:
    """Of one method and layer; all biases are 0."""
    with h5py.File(shared / "golden_attributions" / f"{name}.hdf5") as file:
        group = file[layer]
        weights = [group["weights"][key][:] for key in sorted(group["weights"])]
        return Golden(file["input"][:], weights, group["output"][:], group["attribution"][:])
