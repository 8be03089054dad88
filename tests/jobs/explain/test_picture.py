"""What is painted over a mammogram."""

import io

import numpy as np
import pytest
from PIL import Image

from jobs.config import ViewsConfig
from jobs.explain.picture import Mammogram
from jobs.views import Box, draw_parameters, view_geometry

SIDE = 80


@pytest.fixture
def mammogram() -> Mammogram:
    """A grey square, all of which the view shows."""
    config = ViewsConfig(size=(SIDE, SIDE))
    parameters = draw_parameters(20, "7", 0, config)
    geometry = view_geometry(Box(0, 0, SIDE, SIDE), parameters, config)
    return Mammogram(np.full((SIDE, SIDE), 500, np.uint16), (0, 1000), geometry, ())


def painted(mammogram: Mammogram, values: np.ndarray, *, signed: bool) -> np.ndarray:
    """How much redder than blue each pixel is: (rows, columns)."""
    drawn = Image.open(io.BytesIO(mammogram.draw(values.astype(np.float32), signed)))
    red, _, blue = np.moveaxis(np.asarray(drawn.convert("RGB")).astype(int), -1, 0)
    return red - blue


def test_what_is_the_same_everywhere_is_not_drawn(mammogram: Mammogram):
    """Of a map without signs, such as probabilities, a higher place alone is red."""
    values = np.full((SIDE, SIDE), 0.5)
    values[30:50, 30:50] = 0.6
    red = painted(mammogram, values, signed=False)
    assert red[40, 40] > 50
    assert red[5, 5] == red[70, 10] == 0


def test_signs_are_colours(mammogram: Mammogram):
    """Red for sick, blue for healthy, nothing for 0."""
    values = np.zeros((SIDE, SIDE))
    values[20:30, 20:30], values[50:60, 50:60] = 1, -1
    red = painted(mammogram, values, signed=True)
    assert red[25, 25] > 50
    assert red[55, 55] < -50
    assert red[5, 70] == 0


@pytest.mark.parametrize("signed", [True, False])
def test_a_map_of_nothing(mammogram: Mammogram, signed: bool):
    """The mammogram alone."""
    assert not painted(mammogram, np.zeros((SIDE, SIDE)), signed=signed).any()
