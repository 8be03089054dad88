"""The table of all methods."""

from jobs.explain import (
    deconvnet,
    deep_taylor,
    deeplift,
    grad_cam,
    gradient_times_input,
    image_masking,
    integrated_gradients,
    location_map,
    lrp,
    occlusion,
)

METHODS = {
    each.METHOD.name: each.METHOD
    for each in (
        deconvnet,
        image_masking,
        deep_taylor,
        lrp,
        occlusion,
        gradient_times_input,
        integrated_gradients,
        deeplift,
        grad_cam,
        location_map,
    )
}
"""The methods by their names, in the order of tables and galleries."""
