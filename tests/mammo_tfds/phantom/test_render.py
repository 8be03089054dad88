"""What the images look like, and that nothing but the findings tells sick from healthy."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mammo_tfds.phantom.anatomy import make_breast, make_frame
from mammo_tfds.phantom.findings import choose_findings
from mammo_tfds.phantom.population import Exposure
from mammo_tfds.phantom.render import Picture, render
from mammo_tfds.release.contours import count_outside, mask
from tests.mammo_tfds.phantom.spectrum import exponent

SEED, SMALL = 20, (128, 104)


def _without_findings(exposure: Exposure) -> Exposure:
    return replace(exposure, birads="1")


def _inside(picture: Picture) -> np.ndarray:
    """The mask of the first contour, which is that of the main finding."""
    return mask(picture.contours[:1], picture.pixels.shape)


def test_values_are_of_12_bits(pictures):
    """The background is 0, and the maximum is near INbreast's 3000 to 4095."""
    for picture in pictures:
        assert picture.pixels.dtype == np.uint16
        assert picture.pixels.min() == 0
        assert 2200 < picture.pixels.max() <= 4095


def test_sides(exposures, pictures):
    """A left breast is at the left edge of the image, a right one at the right edge."""
    for exposure, picture in zip(exposures, pictures, strict=True):
        chest, air = (0, -1) if exposure.side == "L" else (-1, 0)
        assert picture.pixels[:, chest].any()
        assert not picture.pixels[:, air].any()


def test_the_pectoral_muscle_is_bright(exposures, pictures):
    """In MLO, the upper corner at the chest wall is among the brightest parts."""
    for exposure, picture in zip(exposures, pictures, strict=True):
        if exposure.view == "MLO":
            pixels = picture.pixels if exposure.side == "L" else picture.pixels[:, ::-1]
            assert pixels[:12, :8].mean() > np.percentile(pixels[pixels > 0], 70)


def test_skin_is_a_bright_line_before_darker_fat(exposures):
    """From outside: air, the bright skin, then darker fat, as the breast is thin near its edge."""
    exposure = replace(exposures[0], density=1, view="CC", side="L", birads="1")
    pixels = render(SEED, exposure, (512, 416)).pixels.astype(float)
    depth = make_frame(SEED, exposure, make_breast(SEED, exposure), (512, 416)).depth
    line, under, deep = (
        pixels[(depth > low) & (depth < high)].mean()
        for low, high in ((0.002, 0.006), (0.014, 0.022), (0.1, 0.2))
    )
    assert line > 1.15 * under
    assert under < deep


def test_denser_breasts_are_brighter(exposures):
    """The same breast is brighter with each step of density."""
    exposure = _without_findings(exposures[2])
    means = []
    for density in (1, 2, 3, 4):
        pixels = render(SEED, replace(exposure, density=density), (256, 208)).pixels
        means.append(pixels[pixels > 0].mean())
    assert np.all(np.diff(means) > 15)


def test_the_power_spectrum(exposures):
    """In the middle of breasts of density 2 to 4, the exponent of the spectrum is near 3."""
    measured = []
    for each in [each for each in exposures if each.view == "CC" and each.density > 1][:20:2]:
        exposure = replace(each, side="L", birads="1")
        pixels = render(SEED, exposure, (512, 416)).pixels.astype(float)
        y, x = make_frame(SEED, exposure, make_breast(SEED, exposure), (512, 416)).at(0.45, 0)
        top, left = int(512 * y) - 56, max(0, int(512 * x) - 56)
        measured.append(exponent(pixels[top : top + 112, left : left + 112], 512))
    assert 2.7 < np.mean(measured) < 3.3


def test_the_two_sizes_show_the_same_picture(exposures):
    """A larger image has more detail, and is otherwise the same."""
    for exposure in exposures[:4]:
        small = render(SEED, exposure, SMALL).pixels
        large = render(SEED, exposure, (512, 416)).pixels
        shrunk = large.reshape(128, 4, 104, 4).mean(axis=(1, 3))
        assert np.corrcoef(small.ravel(), shrunk.ravel())[0, 1] > 0.97


def test_category_1_alone_has_no_contours(exposures, pictures):
    """All images but those of category 1 have contours, so 343 of the 410."""
    for exposure, picture in zip(exposures, pictures, strict=True):
        assert bool(picture.contours) == (exposure.birads != "1")
    assert sum(bool(picture.contours) for picture in pictures) == 343


def test_contours_have_the_flaws_of_the_real_ones(pictures):
    """They have every spelling, one or two points, and a few reach outside the image."""
    contours = [contour for picture in pictures for contour in picture.contours]
    words = Counter(contour.word for contour in contours)
    assert set(words) == {
        "Calcification", "Calcifications", "Mass", "Cluster", "Spiculated Region",
        "Spiculated region", "Espiculated Region", "Asymmetry", "Assymetry", "Distortion",
        "Unnamed", "Point 1", "Point 3", "",
    }  # fmt: skip
    assert {1, 2} < {len(contour.points) for contour in contours}
    leaving = [picture for picture in pictures if count_outside(picture.contours, SMALL)]
    assert 2 <= len(leaving) <= 10


def test_both_views_show_the_finding(exposures):
    """Inside the contour, each view of a sick breast is brighter than without the finding."""
    shown = 0
    for exposure in exposures:
        found = choose_findings(SEED, exposure)
        if exposure.birads[0] in "456" and found[0].kind == "spiculated mass" and shown < 16:
            shown += 1
            picture = render(SEED, exposure, SMALL)
            without = render(SEED, _without_findings(exposure), SMALL)
            inside = _inside(picture) & (picture.pixels > 0)
            gain = picture.pixels[inside].mean() - without.pixels[inside].mean()
            assert gain > 150, exposure
    assert shown == 16


def test_findings_leave_the_histogram_as_it_is(exposures):
    """An image with findings has exactly the same values as without, in other positions."""
    for exposure in exposures[::40]:
        pixels = render(SEED, exposure, SMALL).pixels
        without = render(SEED, _without_findings(exposure), SMALL).pixels
        assert np.array_equal(np.sort(pixels, axis=None), np.sort(without, axis=None))
        assert np.array_equal(pixels == 0, without == 0)
        assert (exposure.birads == "1") == np.array_equal(pixels, without)


def test_nothing_else_tells_sick_from_healthy(exposures, pictures):
    """Box, area, mean, deviation, percentiles, side, view and density are no better than chance.

    The interval of the AUC is a bootstrap over patients, as images of a patient are alike.
    """
    sick = np.array([each.birads[0] in "456" for each in exposures])
    patients = np.array([each.index for each in exposures])
    figures = np.array([_nuisances(*pair) for pair in zip(exposures, pictures, strict=True)])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced"))
    folds = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    score = cross_val_predict(
        model, figures, sick, groups=patients, cv=folds, method="decision_function"
    )
    low = np.percentile(_bootstrapped(sick, score, patients), 2.5)
    assert low < 0.5
    assert roc_auc_score(sick, score) < 0.58


def _nuisances(exposure: Exposure, picture: Picture) -> list[float]:
    breast = picture.pixels[picture.pixels > 0].astype(float)
    rows, cols = (np.flatnonzero((picture.pixels > 0).any(axis=axis)) for axis in (1, 0))
    return [
        float(len(rows)),
        float(len(cols)),
        float(rows[0]),
        float(breast.size),
        breast.mean(),
        breast.std(),
        *np.percentile(breast, (1, 5, 25, 50, 75, 95, 99, 99.9)),
        float(exposure.side == "L"),
        float(exposure.view == "CC"),
        float(exposure.density),
    ]


def _bootstrapped(sick: np.ndarray, score: np.ndarray, patients: np.ndarray) -> list[float]:
    draw = np.random.default_rng(0)
    images = [np.flatnonzero(patients == patient) for patient in np.unique(patients)]
    chosen = [
        np.concatenate([images[k] for k in draw.integers(len(images), size=len(images))])
        for _ in range(200)
    ]
    return [roc_auc_score(sick[each], score[each]) for each in chosen]


@pytest.mark.parametrize("kind", ["cluster", "distortion", "asymmetry", "round mass"])
def test_other_findings_are_bright_too(exposures, kind):
    """Inside the contour, the image is brighter than without the finding."""
    exposure = next(
        each for each in exposures if (f := choose_findings(SEED, each)) and f[0].kind == kind
    )
    picture = render(SEED, exposure, SMALL)
    without = render(SEED, _without_findings(exposure), SMALL)
    inside = _inside(picture) & (picture.pixels > 0)
    assert picture.pixels[inside].mean() > without.pixels[inside].mean() + 20
