"""From an image to the network's input: find the breast, reduce the image, make views of it.

A view is an augmented sample of an image; view 0 is the untouched image. Needs NVIDIA DALI, on the
CPU or a GPU, and no TensorFlow.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "breast": ["Box", "Breast", "find_breast"],
        "dali": ["ViewMaker", "make_views"],
        "frame": ["framed"],
        "geometry": ["ViewGeometry", "view_geometry"],
        "parameters": ["View", "ViewParameters", "draw_parameters"],
        "places": ["breast_cover", "contour_cover"],
        "source": ["ImageReducer", "ReducedImage"],
    },
)
