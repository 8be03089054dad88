"""The prepared dataset as later stages read it: images, their pixels, contours and splits."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "dataset": ["Dataset", "Image", "open_dataset"],
        "training_set": ["TrainingSet"],
    },
)
