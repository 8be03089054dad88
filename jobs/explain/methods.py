"""The table of all methods."""

from jobs.explain import (
    deconvnet,
    grad_cam,
    gradient_times_input,
    integrated_gradients,
    location_map,
)

METHODS = {
    each.METHOD.name: each.METHOD
    for each in (
        deconvnet,
        gradient_times_input,
        integrated_gradients,
        grad_cam,
        location_map,
    )
}
"""The methods by their names, in the order of tables and galleries."""
