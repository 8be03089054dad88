"""Names for the types of arrays and tensors; shapes and dtypes are said where they are used."""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = np.ndarray
"""A NumPy array."""

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

Tensor: TypeAlias = Any
"""A tensor of TensorFlow or DALI, neither of which has types that mypy can check."""
