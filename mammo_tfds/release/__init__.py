"""A release folder, read: its files, its table, its contours, its problems; and its splits."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "contours": [
            "Contour",
            "ContourError",
            "count_outside",
            "kind_of",
            "mask",
            "read_contours",
        ],
        "problems": ["Problem", "ProblemLog"],
        "release": ["Record", "Release", "ReleaseError", "is_sick", "read_release"],
        "splits": ["SplitError", "assign_splits", "fold_name"],
    },
)
