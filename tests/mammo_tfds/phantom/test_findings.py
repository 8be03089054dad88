"""The findings of a breast."""

from dataclasses import replace

import pytest

from mammo_tfds.phantom.findings import AT_CHEST_WALL, choose_findings

SEED = 20


def test_category_1_has_no_findings(exposures):
    """An exposure has findings if and only if its category is not 1."""
    for exposure in exposures:
        assert bool(choose_findings(SEED, exposure)) == (exposure.birads != "1")


def test_most_sick_images_show_a_mass(exposures):
    """About as many sick images have a mass as in INbreast, where 72 of 100 do."""
    sick = [each for each in exposures if each.birads[0] in "456"]
    masses = sum(choose_findings(SEED, each)[0].kind == "spiculated mass" for each in sick)
    assert 60 <= masses <= 85


def test_views_and_exams_share_findings(exposures):
    """All exposures of a breast have the same findings, whatever their view, exam and id."""
    for exposure in exposures:
        if exposure.birads != "1":
            other = replace(exposure, view="CC", exam=1, image_id="0")
            assert choose_findings(SEED, exposure) == choose_findings(SEED, other)


def test_the_other_breast_has_its_own_findings(exposures):
    """The same exposure of the other breast has other findings."""
    exposure = next(each for each in exposures if each.birads == "5")
    other = replace(exposure, side="R" if exposure.side == "L" else "L")
    assert choose_findings(SEED, exposure) != choose_findings(SEED, other)


@pytest.mark.parametrize(("category", "other"), [("2", "4a"), ("4a", "4c"), ("4c", "6")])
def test_a_higher_category_has_more_contrast(exposures, category, other):
    """On average, the main finding stands out more in a higher category."""
    low, high = (
        [
            choose_findings(SEED, replace(each, birads=birads, finding=birads))[0].contrast
            for each in exposures
        ]
        for birads in (category, other)
    )
    assert sum(low) < sum(high)


def test_some_findings_are_at_the_chest_wall(exposures):
    """A few main findings are cut off by the edge of a CC image, and no additional ones."""
    found = [choose_findings(SEED, each) for each in exposures]
    assert 0 < sum(each[0].posterior == AT_CHEST_WALL for each in found if each) < 0.15 * len(found)
    assert all(finding.posterior <= 0.75 for each in found for finding in each[1:])
