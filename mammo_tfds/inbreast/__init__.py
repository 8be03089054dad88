"""The dataset as TFDS stores and loads it; `registration` makes it known to TFDS."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "features": ["example_contours", "feature_spec", "make_example"],
        "inbreast_dataset_builder": ["Builder"],
        "tables": ["Folds", "Image", "SplitConfig", "read_folds", "read_images"],
    },
)
