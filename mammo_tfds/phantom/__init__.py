"""An INbreast-shaped release made from a seed, for everyone without the data."""

from mammo_tfds.phantom.making import is_made, make_release, require_empty
from mammo_tfds.phantom.sheet import contact_sheet

__all__ = ["contact_sheet", "is_made", "make_release", "require_empty"]
