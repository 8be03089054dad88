"""An INbreast-shaped release of synthetic mammograms, made from a seed; it needs no real data."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach(
    __name__,
    submod_attrs={
        "contact_sheet": ["draw_contact_sheet"],
        "generate": ["is_made", "make_release", "require_empty"],
    },
)
