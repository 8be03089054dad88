"""The store under the root: paths, keys, manifests, and how an artifact appears in it."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "layout": ["Root"],
        "manifest": ["Manifest", "read_manifest"],
        "recipe": ["Recipe"],
        "run": ["Run", "open_run"],
    },
)
