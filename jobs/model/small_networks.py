"""Networks of two or three convolutions, which are trained from scratch: `model.network`.

Each convolution is 3 x 3 with a ReLU, and the largest of each window of 4 x 4 places is handed on.
"""

import numpy as np

from jobs.common.keyed_rng import rng
from jobs.common.types import Array
from jobs.config.study import Study
from jobs.model.graph import INPUT, Convolution, Network, Node, Pooling

FILTERS = {"conv2": (16, 32), "conv3": (16, 32, 64)}
"""How many filters each convolution of a network has, from the input on."""

KERNEL, POOL = 3, 4
"""Rows and columns of each filter; rows, columns and stride of each pooling."""


def initial_network(study: Study, model: str) -> Network:
    """The network that a study's model begins with: views (n, h, w, 1) -> (n, h', w', channels).

    Its weights follow from the seed and the model's name: He et al., Delving Deep into Rectifiers,
    ICCV 2015, uniform; biases are 0.
    """
    nodes: list[Node] = []
    before, channels = INPUT, 1
    for number, filters in enumerate(FILTERS[study.model.network]):
        kernel = _draw_kernel(study.seed, model, number, (KERNEL, KERNEL, channels, filters))
        convolution = Convolution(kernel, np.zeros(filters, np.float32), padding="SAME")
        pooling = Pooling((POOL, POOL), (POOL, POOL), "VALID")
        name = f"conv2d_{number}"
        nodes += [
            Node(name, (before,), convolution),
            Node(f"max_pooling2d_{number}", (name,), pooling),
        ]
        before, channels = nodes[-1].name, filters
    return tuple(nodes)


def _draw_kernel(seed: int, model: str, number: int, shape: tuple[int, ...]) -> Array:
    limit = np.sqrt(6 / np.prod(shape[:-1]))
    return rng(seed, "network", model, number).uniform(-limit, limit, shape).astype(np.float32)
