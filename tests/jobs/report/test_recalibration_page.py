"""recalibration.html."""

import pytest

from jobs.evaluation.site_cases import SiteCases
from jobs.evaluation.site_figures import compute_site_figures
from jobs.report.recalibration_page import render_page
from tests.jobs.evaluation.test_site_calibration import site


@pytest.mark.parametrize(("patients", "says"), [(200, "of 200 people"), (60, "not fitted")])
def test_it_says_what_was_fitted(patients, says):
    """How many people, and whether the temperature was fitted."""
    found = compute_site_figures(
        SiteCases({"exam": site(patients=patients)}, 2), 0.01, replicates=100, seed=20
    )
    page = render_page(
        {"run": "x", "cases": "another site", "prevalence": 0.01, "unlabelled": 2, **found}
    )
    assert says in page
    assert "a place where 1 % are sick per exam" in page
    assert "2 rows without a truth were left out" in page
