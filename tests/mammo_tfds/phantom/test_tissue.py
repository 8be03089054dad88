"""A breast without findings."""

from dataclasses import replace

import numpy as np
import pytest

from mammo_tfds.phantom.anatomy import make_breast, make_frame
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.tissue import compute_thickness, render_skin, render_tissue

SIZE = (128, 104)
EXPOSURE = Exposure("1", "0" * 16, 0, 0, 0, "L", "CC", "1", "1", 2, False, "201001")
BREAST = make_breast(1, EXPOSURE)
FRAME = make_frame(1, EXPOSURE, BREAST, SIZE)


def tissue(**changes: object) -> np.ndarray:
    exposure = replace(EXPOSURE, **changes)  # type: ignore[arg-type]
    breast = make_breast(1, exposure)
    return render_tissue(1, exposure, breast, FRAME)


def test_the_breast_gets_thinner_towards_the_skin():
    """The thickness is 0 outside, 1 deep inside, and grows with the distance from the skin."""
    thickness = compute_thickness(FRAME)
    assert np.all(thickness[FRAME.depth <= 0] == 0)
    assert np.all(thickness[FRAME.depth >= 0.13] == 1)
    order = np.argsort(FRAME.depth, axis=None)
    assert np.all(np.diff(thickness.ravel()[order]) >= 0)


def test_the_skin_is_a_line():
    """Skin is bright within 1.75 mm of the edge, and absent deep in the breast."""
    frame = make_frame(1, EXPOSURE, BREAST, (1024, 832))
    skin = render_skin(BREAST, frame)
    edge = (frame.depth > 0.003) & (frame.depth < 0.0045)
    assert skin[edge].mean() > 0.5 * BREAST.fat
    assert skin[frame.depth > 0.08].max() < 0.001 * BREAST.fat


def test_tissue_is_the_same_at_every_exam():
    """A later exam, and a repeated view, show the same tissue; another view does not."""
    first = tissue()
    assert np.array_equal(tissue(exam=1, repeat=1), first)
    assert not np.array_equal(tissue(view="FB"), first)


@pytest.mark.parametrize("density", [1, 2, 3])
def test_denser_tissue_is_brighter(density: int):
    """The same breast of the next density has more bright tissue."""
    inside = FRAME.depth > 0.03
    assert tissue(density=density + 1)[inside].mean() > tissue(density=density)[inside].mean() + 10


def test_the_pectoral_muscle():
    """In MLO, the muscle is brighter than fat; without it, the tissue there is different."""
    exposure = replace(EXPOSURE, view="MLO")
    breast = make_breast(1, exposure)
    frame = make_frame(1, exposure, breast, SIZE)
    assert frame.muscle is not None
    deep = frame.muscle > 0.05
    with_muscle = render_tissue(1, exposure, breast, frame)
    assert with_muscle[deep].mean() > breast.fat + 0.3 * breast.gain
    without = render_tissue(1, exposure, breast, replace(frame, muscle=None))
    outside = frame.muscle < -0.05
    np.testing.assert_allclose(with_muscle[outside], without[outside], rtol=1e-3)
