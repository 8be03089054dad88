"""A DICOM file, read into pixels."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "read": ["image_size", "pixels_sha256", "read_pixels"],
        "tags": ["PixelError"],
    },
)
