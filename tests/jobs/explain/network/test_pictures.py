"""Grids of small pictures."""

import io

import numpy as np
from PIL import Image

from jobs.explain.network.pictures import grey, picture_filters, picture_maps, png, tile
from jobs.model.graph import INPUT, Convolution, Node


def test_filters_show_their_sign():
    """Middle grey is 0, white and black are the largest weight, above and below 0."""
    kernel = np.zeros((3, 3, 1, 2), np.float32)
    kernel[0, 0, 0, 0], kernel[2, 2, 0, 0] = 2, -2
    kernel[..., 1] = 0.1
    network = (Node("conv", (INPUT,), Convolution(kernel, np.zeros(2))),)
    picture = picture_filters(network, side=3)
    assert picture.shape == (3, 3 + 2 + 3)
    assert (picture[0, 0], picture[2, 2], picture[1, 1]) == (255, 0, 128)
    assert (picture[:, 5:] == 255).all()


def test_maps_are_scaled_each_for_itself():
    """Black is a map's least, white its most."""
    values = np.zeros((2, 2, 3), np.float32)
    values[0, 0] = 1, 100, 0
    picture = picture_maps(values, [0, 1], side=4)
    assert picture.shape == (4, 10)
    assert (picture[0, 0], picture[0, 6], picture[3, 3]) == (255, 255, 0)


def test_a_grid_is_filled_row_after_row():
    """What is left of it is white, as what is between."""
    pictures = [np.full((2, 2), level, np.uint8) for level in (10, 20, 30)]
    whole = tile(pictures)
    assert whole.shape == (6, 6)
    assert (whole[0, 0], whole[0, 4], whole[4, 0], whole[4, 4], whole[2, 2]) == (
        10,
        20,
        30,
        255,
        255,
    )


def test_greys_are_clipped():
    """Beyond what is black and white there is nothing."""
    assert grey(np.array([[-3.0, 0, 1, 7]]), -1, 1).tolist() == [[0, 128, 255, 255]]
    assert grey(np.ones((1, 2))).tolist() == [[0, 0]]


def test_a_picture_is_a_png():
    """As it was, pixel for pixel."""
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(picture)))), picture)
