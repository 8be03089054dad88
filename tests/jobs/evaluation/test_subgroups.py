"""The AUC in parts of the images."""

import numpy as np
import pytest

from jobs.config.names import LAST, VALIDATION
from jobs.evaluation.bootstrap import resample_patients
from jobs.evaluation.findings import Finding
from jobs.evaluation.predictions import select
from jobs.evaluation.subgroups import AGAINST, WITHIN, compute_subgroups


@pytest.fixture(scope="module")
def resamples(predictions):
    """Of the study's patients."""
    return resample_patients({row.patient: row.dataset_split for row in predictions}, 100, seed=20)


@pytest.fixture(scope="module")
def held_out(predictions):
    """The predictions out of fold."""
    return select(predictions, weights=LAST, split=VALIDATION)


def ranked_rightly(sick, healthy):
    """The share of pairs of one fold that are ranked rightly, counted one by one."""
    pairs = [
        np.sign(one.probability - other.probability) / 2 + 0.5
        for one in sick
        for other in healthy
        if one.model == other.model
    ]
    return np.mean(pairs) if pairs else None


def parts_of(groups, title):
    (group,) = (group for group in groups if group["title"] == title)
    return group["compared"], {part["name"]: part for part in group["parts"]}


def test_each_density_is_compared_within_itself(predictions, held_out, resamples):
    """Sick against healthy images of that density, within folds; counts are of these images."""
    compared, parts = parts_of(compute_subgroups(predictions, resamples), "Density")
    assert compared == WITHIN
    assert set(parts) <= {"1", "2", "3", "4", "unknown"}
    for name, part in parts.items():
        rows = [row for row in held_out if str(row.density or "unknown") == name]
        sick, healthy = ([row for row in rows if row.sick is truth] for truth in (True, False))
        assert (part["sick"], part["healthy"]) == (len(sick), len(healthy))
        assert part["auc"]["value"] == pytest.approx(ranked_rightly(sick, healthy))


def test_each_category_is_compared_with_the_other_class(predictions, held_out, resamples):
    """4a against all healthy images, 2 against all sick ones."""
    compared, parts = parts_of(compute_subgroups(predictions, resamples), "BI-RADS")
    assert compared == AGAINST
    for name, part in parts.items():
        inside = [row for row in held_out if row.birads == name]
        others = [row for row in held_out if row.sick is not inside[0].sick]
        pair = (inside, others) if inside[0].sick else (others, inside)
        assert part["auc"]["value"] == pytest.approx(ranked_rightly(*pair))


def test_kinds_and_sizes_are_of_sick_images(predictions, held_out, resamples):
    """Against all healthy images; an image may have two kinds; thirds hold all that have any."""
    sick = [row for row in held_out if row.sick]
    findings = {
        row.image_id: Finding(("calcification", "mass") if number % 2 else ("mass",), float(number))
        for number, row in enumerate(sick[3:])
    }
    groups = compute_subgroups(predictions, resamples, findings)
    _, kinds = parts_of(groups, "Kind of finding")
    assert {name: part["sick"] for name, part in kinds.items()} == {
        "calcification": len(findings) // 2,
        "mass": len(findings),
        "nothing drawn": 3,
    }
    healthy = sum(not row.sick for row in held_out)
    assert all(part["healthy"] == healthy for part in kinds.values())
    _, thirds = parts_of(groups, "Largest finding")
    assert sum(part["sick"] for part in thirds.values()) == len(findings)
    assert len(thirds) == 3 and list(thirds)[2].startswith("over ")


def test_a_part_without_pairs_has_no_auc(predictions, resamples):
    """One class alone cannot be ranked; the part is listed with its counts."""
    rows = [
        row for row in predictions if not (row.density == 1 and row.sick and row.split != "test")
    ]
    _, parts = parts_of(compute_subgroups(rows, resamples), "Density")
    assert parts["1"]["sick"] == 0 and parts["1"]["auc"]["value"] is None


def test_without_findings_nothing_is_said_of_them(predictions, resamples):
    """Where they are not known, there is no group for them."""
    titles = [group["title"] for group in compute_subgroups(predictions, resamples)]
    assert titles == ["Density", "Projection", "Side", "BI-RADS"]
