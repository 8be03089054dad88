"""A release checked and made into the dataset; the dataset as later stages read it.

`inspection` and `inventory` serve `mammo check`, `prepare` makes the dataset, and `dataset` reads
its images, their pixels, contours and splits.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "dataset": ["Dataset", "Image", "open_dataset"],
        "training_set": ["TrainingSet"],
    },
)
