"""Grad-CAM: the features' maps, each weighted by the mean of its gradient; what is above 0.

Selvaraju et al., Grad-CAM, ICCV 2017, equations 1 and 2. The maps are those that the head reads.
"""

import numpy as np

from jobs.common.types import Array
from jobs.explain.backward import gradient_rule, send_back
from jobs.explain.forward import run_forward
from jobs.explain.method import Method
from jobs.explain.places import place_grids, spread, view_size
from jobs.explain.target import ExplainedModel
from jobs.model import tf_runtime


def explain(target: ExplainedModel, view: Array) -> Array:
    """The weighted maps' sum above 0, spread over the view."""
    tf = tf_runtime.start()
    features = target.forward(view).values[target.features].numpy()
    head = run_forward(target.head, features)
    gradient = send_back(head, tf.ones_like(head.output), gradient_rule)[""].numpy()
    weights = gradient.mean(axis=(1, 2), keepdims=True)
    places = np.maximum((weights * features).sum(axis=-1), 0)[0]
    size = view_size(view)
    return spread(places, place_grids(target.base, size)[target.features], size)


METHOD = Method(
    name="grad_cam",
    title="Grad-CAM",
    source="Selvaraju et al., ICCV 2017",
    signed=False,
    compute=explain,
)
