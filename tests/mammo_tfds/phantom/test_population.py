"""The patients and exposures of a phantom release."""

import csv
from collections import Counter, defaultdict

import pytest

from mammo_tfds.phantom.population import make_population

# INbreast.csv's own counts.
BIRADS = {"1": 67, "2": 220, "3": 23, "4a": 13, "4b": 8, "4c": 22, "5": 49, "6": 8}
VIEWS = {"CC": 203, "MLO": 206, "FB": 1}
SIDES = {"L": 209, "R": 201}
DENSITIES = {1: 136, 2: 146, 3: 99, 4: 28, None: 1}


def _tables(exposures):
    return (
        Counter(each.birads for each in exposures),
        Counter(each.view for each in exposures),
        Counter(each.side for each in exposures),
        Counter(None if each.density_blank else each.density for each in exposures),
    )


def test_108_patients_have_inbreasts_counts(exposures):
    """The counts of images, patients, categories, views, sides and densities are INbreast's."""
    assert len(exposures) == 410
    assert len({each.patient for each in exposures}) == 108
    assert _tables(exposures) == (BIRADS, VIEWS, SIDES, DENSITIES)


def test_counts_are_the_real_tables(exposures, shared):
    """The counts above are those of the real INbreast.csv; the dates are drawn from its dates."""
    with (shared / "real_inbreast_csv" / "INbreast.csv").open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    density = Counter(int(row["ACR"]) if row["ACR"].strip() else None for row in rows)
    assert Counter(row["Bi-Rads"] for row in rows) == BIRADS
    assert Counter(row["View"] for row in rows) == VIEWS
    assert Counter(row["Laterality"] for row in rows) == SIDES
    assert density == DENSITIES
    assert {each.date for each in exposures} == {row["Acquisition date"] for row in rows}


def test_exams_and_images_of_a_patient(exposures):
    """There are 117 exams, nine patients with two; most patients have four images, then two."""
    exams = {(each.patient, each.exam) for each in exposures}
    images = Counter(Counter(each.patient for each in exposures).values())
    assert len(exams) == 117
    assert sum(exam == 1 for _, exam in exams) == 9
    assert images.most_common(2)[0][0] == 4
    assert images.most_common(2)[1][0] == 2
    assert min(images) == 2
    assert max(images) == 8


def test_the_odd_exposures(exposures):
    """Some views are repeated or missing, and the views of two breasts differ in category."""
    breasts = defaultdict(list)
    for each in exposures:
        breasts[each.patient, each.side, each.exam].append(each)
    views = [{each.view for each in breast} for breast in breasts.values()]
    differing = [
        {each.birads for each in breast}
        for breast in breasts.values()
        if len({each.birads for each in breast}) > 1
    ]
    assert sum(each.repeat == 1 for each in exposures) == 2
    assert sum(len(each) == 1 for each in views) == 3
    assert sorted(map(sorted, differing)) == [["1", "2"], ["4a", "5"]]


@pytest.mark.parametrize("patients", [1, 2, 13, 60, 108, 150])
def test_the_first_patients_do_not_depend_on_their_number(patients):
    """A larger population begins with the smaller one."""
    assert make_population(7, 200)[: len(make_population(7, patients))] == make_population(
        7, patients
    )


@pytest.mark.parametrize("patients", [24, 40, 70, 216])
def test_other_numbers_keep_the_proportions(patients):
    """Every category occurs, and no count is off by more than whole patients explain."""
    exposures = make_population(3, patients)
    for counts, whole in zip(_tables(exposures)[:3], (BIRADS, VIEWS, SIDES), strict=True):
        for key, number in whole.items():
            assert counts[key] == pytest.approx(number * patients / 108, abs=6)
    assert set(Counter(each.birads for each in exposures)) == set(BIRADS)


def test_density_does_not_tell_sick_from_healthy(exposures):
    """Among the sick, each density has the same share as among all."""
    sick = Counter(each.density for each in exposures if each.birads[0] in "456")
    assert sick == {1: 34, 2: 36, 3: 24, 4: 6}


def test_ids_and_hashes(exposures):
    """Image ids are eight digits and unique; patients are 16 hex digits."""
    ids = [each.image_id for each in exposures]
    assert len(set(ids)) == len(ids)
    assert all(len(each) == 8 and each.isdigit() for each in ids)
    assert all(len(each.patient) == 16 and int(each.patient, 16) >= 0 for each in exposures)


def test_another_seed_has_other_patients():
    """Two seeds share no patients and no image ids."""
    one, other = make_population(1, 20), make_population(2, 20)
    assert not {each.patient for each in one} & {each.patient for each in other}
    assert not {each.image_id for each in one} & {each.image_id for each in other}


@pytest.mark.parametrize("patients", [0, -1, 33_600])
def test_a_number_out_of_range_is_refused(patients):
    """A number out of range is an error with the range and the value."""
    with pytest.raises(ValueError, match=f"between 1 and 33599; got {patients}"):
        make_population(1, patients)
