"""Names for types that several modules share; no imports of weight."""

from collections.abc import Callable
from typing import Literal

Window = int | Literal["first", "widest", "none"]
"""Which VOI LUT or window of a file is applied.

A number counts from 1, VOI LUTs first. "first" is number 1. "widest" is the window of the largest
WindowWidth, or the first VOI LUT of a file without windows. "none" keeps the stored values.
"""

Warn = Callable[[str], None]
"""Called with a line for a fault that does not prevent that the image is read."""
