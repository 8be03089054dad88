"""The table of all methods."""

from jobs.explain import (
    deconvnet,
    deep_taylor,
    grad_cam,
    gradient_times_input,
    integrated_gradients,
    location_map,
    lrp,
)

METHODS = {
    each.METHOD.name: each.METHOD
    for each in (
        deconvnet,
        deep_taylor,
        lrp,
        gradient_times_input,
        integrated_gradients,
        grad_cam,
        location_map,
    )
}
"""The methods by their names, in the order of tables and galleries."""
