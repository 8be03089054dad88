"""How two models rank the same images, drawn."""

import numpy as np
from matplotlib.figure import Figure

from jobs.plots.agreement import AgreementDisplay


def test_what_it_draws():
    """A dot for each image, healthy and sick ones apart; the words say how alike the ranks are."""
    ranks = np.array([[0.1, 0.9], [0.5, 0.5], [0.9, 0.1]])
    display = AgreementDisplay("a", "b", ranks, np.array([False, True, False]))
    axes = Figure().subplots()
    display.draw(axes)
    _, healthy, sick = axes.lines
    assert healthy.get_xdata().tolist() == [0.1, 0.9]
    assert (sick.get_xdata().tolist(), sick.get_ydata().tolist()) == ([0.5], [0.5])
    assert display.alt_text().endswith("rank correlation is -1.00")
