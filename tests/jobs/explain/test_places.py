"""Where places lie in a view: from the operations themselves, against what a place really sees."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.explain.backward import gradient_rule, send_back
from jobs.explain.forward import run_forward
from jobs.explain.places import place_grids, spread
from jobs.model.graph import INPUT, Convolution, Node, Pooling
from jobs.model.shapes import Grid


@settings(max_examples=20)
@given(
    layers=st.lists(
        st.tuples(
            st.sampled_from((1, 3)), st.sampled_from(((1, "SAME"), (1, "VALID"), (2, "VALID")))
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_place_is_the_middle_of_what_it_sees(layers: list):
    """A place's pixels are those that its value has a gradient by; their middle is its centre."""
    network, before = [], INPUT
    for number, (side, (stride, padding)) in enumerate(layers):
        layer = Convolution(np.ones((side, side, 1, 1)), np.zeros(1), (stride, stride), padding)
        network.append(Node(str(number), (before,), layer))
        before = str(number)
    done = run_forward(tuple(network), np.ones((1, 40, 44, 1)))
    values = done.output.numpy()
    grid = place_grids(tuple(network), (40, 44))[before]
    assert values.shape[1:3] == grid.shape
    row, column = (count // 2 for count in grid.shape)  # far from the edges, which cut
    one = np.zeros_like(values)
    one[0, row, column] = 1
    seen = np.argwhere(send_back(done, one, gradient_rule)[INPUT].numpy()[0, ..., 0])
    middle = (seen.min(axis=0) + seen.max(axis=0) + 1) / 2
    assert middle.tolist() == [grid.offset + grid.stride * at for at in (row, column)]


def test_a_padded_stride_is_refused():
    """Its padding, and with it the places' centres, would depend on the side's length."""
    layer = Convolution(np.ones((3, 3, 1, 1)), np.zeros(1), (2, 2), "SAME")
    with pytest.raises(ValueError, match="conv is padded and has stride 2; its stride must be 1"):
        place_grids((Node("conv", (INPUT,), layer),), (40, 44))


def test_poolings_count_as_convolutions_do():
    """Their windows move the centres alike."""
    pooling = Node("pool", (INPUT,), Pooling((3, 3), (2, 2), "VALID"))
    layer = Convolution(np.ones((3, 3, 1, 1)), np.zeros(1), (2, 2))
    convolution = Node("pool", (INPUT,), layer)
    assert place_grids((pooling,), (9, 9)) == place_grids((convolution,), (9, 9))


def test_a_spread_value_is_its_own_at_its_places_centre():
    """Linear between centres; beyond the outermost ones the nearest counts."""
    grid = Grid((2, 3), 4, 2.5)  # centres at the middles of pixels 2, 6, 10
    values = np.arange(6.0).reshape(2, 3)
    found = spread(values, grid, (9, 14))
    assert found[2:7:4, 2:11:4].tolist() == values.tolist()
    assert found[2, 3] == pytest.approx(0.25)
    assert found[0, 0] == 0
    assert found[8, 13] == 5
