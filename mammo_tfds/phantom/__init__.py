"""An INbreast-shaped release made from a seed, for everyone without the data."""

from mammo_tfds.phantom.contact_sheet import contact_sheet
from mammo_tfds.phantom.generate import is_made, make_release, require_empty

__all__ = ["contact_sheet", "is_made", "make_release", "require_empty"]
