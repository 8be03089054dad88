"""The INbreast dataset: its releases, their pixels and contours, splits, TFDS, and a phantom.

After `import mammo_tfds`, `tfds.load("inbreast", ...)` and `tfds.data_source("inbreast", ...)`
work. The names below are imported on first use, so that this import loads nothing heavy.
"""

from typing import Any

import lazy_loader as lazy

from mammo_tfds.inbreast.registration import register

_getattr, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "inbreast": ["Builder"],
        "phantom": ["make_release"],
        "pixels": ["PixelError", "image_size", "read_pixels"],
        "release": [
            "Contour",
            "ContourError",
            "Record",
            "Release",
            "ReleaseError",
            "SplitError",
            "assign_splits",
            "fold_name",
            "is_sick",
            "mask",
            "read_contours",
            "read_release",
        ],
    },
)

register()


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("mammo")
    return _getattr(name)
