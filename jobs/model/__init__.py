"""Inception V3, the head, and what computes them; trained models, ready to use.

from pathlib import Path

from jobs.artifacts import open_run
from jobs.model import load_trained

model = load_trained(open_run(Path("study-root"), "study"), "fold0")
model.probabilities(views)  # (n, rows, columns, 1) float32 in [-1, 1], by jobs.views
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "graph": ["Concatenation", "Convolution", "Mean", "Node", "Pooling", "compute"],
        "trained": ["TrainedModel", "load_trained"],
    },
)
