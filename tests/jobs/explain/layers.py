"""Small random layers, as hypothesis makes them."""

import numpy as np
from hypothesis import strategies as st

from jobs.model.graph import Convolution


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[Convolution, np.ndarray]:
    """A convolution with biases, and an input in [-1, 1], some of it 0: (1, h, w, c) float64."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    average = draw(st.sampled_from((None, (3, 3))))
    size = (1, 1) if average else draw(st.sampled_from(((1, 1), (3, 3), (1, 3), (2, 1))))
    strides = (1, 1) if average else draw(st.sampled_from(((1, 1), (2, 2))))
    padding = draw(st.sampled_from(("SAME", "VALID")))
    channels, filters, rows, columns = (
        draw(st.integers(*of)) for of in ((1, 3), (1, 3), (3, 6), (3, 6))
    )
    kernel, bias = rng.normal(size=(*size, channels, filters)), rng.normal(size=filters)
    value = rng.uniform(-1, 1, (1, rows, columns, channels)) * (
        rng.random((1, rows, columns, channels)) > 0.2
    )
    if draw(st.booleans()):
        value = np.abs(value)
    relu = draw(st.booleans())
    return Convolution(kernel, bias, strides, padding, average, relu), value
