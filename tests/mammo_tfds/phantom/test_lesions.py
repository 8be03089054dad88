"""How findings look, and their contours."""

import numpy as np
import pytest

from mammo_tfds.phantom.anatomy import make_breast, make_frame
from mammo_tfds.phantom.findings import Finding
from mammo_tfds.phantom.lesions import add_findings, draw_standard_mass
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.release.contours import Contour, kind_of, mask

SIZE = (256, 208)
EXPOSURE = Exposure("1", "0" * 16, 0, 0, 0, "L", "CC", "5", "5", 2, False, "201001")
FRAME = make_frame(1, EXPOSURE, make_breast(1, EXPOSURE), SIZE)
KINDS = {
    "round mass": {"mass", "unnamed"},
    "spiculated mass": {"mass", "spiculated region", "unnamed"},
    "cluster": {"cluster", "calcification", "point", "unnamed"},
    "calcification": {"calcification", "point", "unnamed"},
    "asymmetry": {"asymmetry"},
    "distortion": {"distortion"},
}


def finding(kind: str, number: int = 0, radius: float = 0.04, **position: float) -> Finding:
    posterior, across = position.get("posterior", 0.45), position.get("across", 0.0)
    return Finding(number, kind, radius, 1.0, posterior, {"CC": across})  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", KINDS)
def test_a_finding_is_bright_inside_its_contour(kind: str):
    """A finding adds brightness inside its first contour, and nothing far away from it."""
    added, drawn = add_findings(1, EXPOSURE, FRAME, (finding(kind),))
    points = tuple((256 * x, 256 * y) for y, x in drawn[0].points.tolist())
    inside = mask([Contour("mass", "", points)], SIZE)
    assert added[inside].mean() > 0.05
    y, x = FRAME.at(0.45, 0.0)
    far = np.hypot(FRAME.y - y, FRAME.x - x) > 0.2
    assert np.abs(added[far]).max() < 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_are_of_the_kind(kind: str):
    """The words of the contours name the finding's kind, in INbreast's spellings."""
    words = {
        drawn.word
        for number in range(30)
        for drawn in add_findings(1, EXPOSURE, FRAME, (finding(kind, number),))[1]
    }
    assert {kind_of(word) for word in words} <= KINDS[kind]


@pytest.mark.parametrize("across", [-3.0, 3.0])
def test_a_finding_is_inside_the_breast(across: float):
    """A finding whose position is outside the breast is moved inside."""
    added, _ = add_findings(1, EXPOSURE, FRAME, (finding("round mass", across=across),))
    row, column = np.unravel_index(added.argmax(), SIZE)
    assert FRAME.depth[row, column] > 0.04


def test_findings_add_up():
    """Two findings are drawn independently of each other."""
    one, other = finding("round mass"), finding("cluster", number=1, posterior=0.6)
    both, contours = add_findings(1, EXPOSURE, FRAME, (one, other))
    apart = [add_findings(1, EXPOSURE, FRAME, (each,)) for each in (one, other)]
    np.testing.assert_allclose(both, apart[0][0] + apart[1][0], atol=1e-6)
    assert len(contours) == len(apart[0][1]) + len(apart[1][1])


def test_the_standard_mass_is_in_the_middle():
    """The standard mass has its maximum, 0.8 gains, in the middle of the breast."""
    mass = draw_standard_mass(FRAME)
    assert mass.max() == pytest.approx(0.8, abs=0.01)
    assert FRAME.look_up(mass, FRAME.at(0.45, 0.0)) == pytest.approx(mass.max(), abs=0.01)
