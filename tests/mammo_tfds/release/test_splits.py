"""Patients -> a test set and folds."""

import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mammo_tfds.release.release import Record, is_sick, read_release
from mammo_tfds.release.splits import (
    TEST,
    SplitError,
    assign_splits,
    fold_name,
    require_disjoint,
    require_partition,
    splits_hash,
)

CATEGORIES = ("1", "2", "3", "4a", "4b", "4c", "5", "6")


def record(image: int, patient: int, birads: str) -> Record:
    return Record(str(image), f"{patient:016x}", "L", "CC", birads, None, (), Path("x"))


def cohort(*categories: str, images: int = 2) -> list[Record]:
    """A patient for each category, whose first image has it; the others are BI-RADS 1."""
    return [
        record(patient * 10 + image, patient, birads if image == 0 else "1")
        for patient, birads in enumerate(categories)
        for image in range(images)
    ]


@st.composite
def records_of_many(draw: st.DrawFn) -> list[Record]:
    """At least 12 healthy and 12 sick patients of 1 to 8 images."""
    healthy, sick = (
        draw(st.lists(st.lists(among, min_size=1, max_size=8), min_size=12, max_size=40))
        for among in (st.sampled_from(CATEGORIES[:3]), st.sampled_from(CATEGORIES))
    )
    return [
        record(patient * 10 + image, patient, birads)
        for patient, images in enumerate([*healthy, *([*each, "4b"] for each in sick)])
        for image, birads in enumerate(images)
    ]


def split(records: list[Record], **options: object) -> dict[str, tuple[str, ...]]:
    return assign_splits(records, **{"seed": 1, "folds": 5, "test": 0.2, **options})  # type: ignore[arg-type]


def patients_of(records: list[Record], images: tuple[str, ...]) -> dict[str, str]:
    """Each patient of these images, and the patient's worst category over all images."""
    owner = {each.image_id: each.patient for each in records}
    chosen = {owner[image] for image in images}
    return {
        patient: max(each.birads for each in records if each.patient == patient)
        for patient in chosen
    }


@given(records_of_many(), st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_splits_are_a_partition_by_patient(records: list[Record], seed: int, folds: int):
    """Each image is in exactly one split, and all images of a patient are in the same split."""
    splits = split(records, seed=seed, folds=folds)
    assert list(splits) == [TEST, *(fold_name(k) for k in range(folds))]
    assert sorted(sum(splits.values(), ())) == sorted(each.image_id for each in records)
    require_disjoint({name: patients_of(records, ids) for name, ids in splits.items()}, "patient")
    assert all(list(ids) == sorted(ids) for ids in splits.values())


@given(records_of_many(), st.randoms())
def test_order_does_not_matter(records: list[Record], order: random.Random):
    """The same records in another order give the same splits."""
    splits = split(records)
    shuffled = records.copy()
    order.shuffle(shuffled)
    assert split(shuffled) == splits
    assert splits_hash(split(shuffled)) == splits_hash(splits)


@given(records_of_many(), st.integers(2, 5), st.floats(0.05, 0.4))
def test_splits_are_balanced(records: list[Record], folds: int, test: float):
    """Folds differ by at most one patient: in all, in each class and in each worst category."""
    splits = split(records, folds=folds, test=test)
    members = {name: patients_of(records, ids) for name, ids in splits.items()}
    folded = [list(members[fold_name(k)].values()) for k in range(folds)]
    for among in (CATEGORIES, CATEGORIES[:3], CATEGORIES[3:], *((each,) for each in CATEGORIES)):
        sizes = [sum(worst in among for worst in fold) for fold in folded]
        assert max(sizes) - min(sizes) <= 1
    for among in (CATEGORIES[:3], CATEGORIES[3:]):
        total = sum(worst in among for each in members.values() for worst in each.values())
        tested = sum(worst in among for worst in members[TEST].values())
        assert tested == 1 or abs(tested - test * total) <= 0.5 + 1e-9


@given(records_of_many(), st.integers(2, 6))
def test_every_split_has_both_classes(records: list[Record], folds: int):
    """Each split has a healthy and a sick patient."""
    splits = split(records, folds=folds)
    for ids in splits.values():
        worst = patients_of(records, ids).values()
        assert {is_sick(each) for each in worst} == {False, True}


@given(st.integers(2, 6), st.integers(0, 20), st.integers(0, 20), st.integers(0, 99))
def test_splits_are_made_where_possible(folds: int, healthy: int, sick: int, seed: int):
    """With a small test set, folds + 1 patients of each class are necessary and sufficient."""
    records = cohort(*["2"] * healthy, *["5"] * sick)
    if min(healthy, sick) > folds:
        assign_splits(records, seed=seed, folds=folds, test=0.05)
    else:
        with pytest.raises(SplitError):
            assign_splits(records, seed=seed, folds=folds, test=0.05)


def test_splits_depend_on_the_seed():
    """Another seed gives another test set; the splits of a seed never change."""
    records = cohort(*CATEGORIES * 8)
    tests = {assign_splits(records, seed=seed, folds=5, test=0.2)[TEST] for seed in range(20)}
    assert len(tests) == 20
    # A fixed value, so that a change of the algorithm is noticed.
    assert (
        splits_hash(assign_splits(records, seed=20, folds=5, test=0.2))
        == "92ca2d39044721eda3144b62f5f3730e85301baf55067f8e854fd0dae84f73f5"
    )


def test_every_patient_can_be_in_the_test_set():
    """No position in the order of categories is always, or never, in the test set."""
    records = cohort(*CATEGORIES * 4)
    tested = Counter(
        image
        for seed in range(200)
        for image in assign_splits(records, seed=seed, folds=2, test=0.25)[TEST]
    )
    assert len(tested) == len(records)
    assert max(tested.values()) < 4 * min(tested.values())


def test_the_sick_categories_can_be_given():
    """A patient is sick if any image has a sick category, even if another has a higher one."""
    records = cohort(*["3"] * 3, *["2"] * 3)
    splits = assign_splits(records, seed=1, folds=2, test=0.3, sick=(3,))
    for ids in splits.values():
        assert sorted(patients_of(records, ids).values()) == ["2", "3"]


@pytest.mark.parametrize(
    ("categories", "options", "message"),
    [
        (CATEGORIES, {"folds": 0}, "folds must be at least 2, .*; got 0$"),
        (CATEGORIES, {"folds": 1}, "folds must be at least 2, .*; got 1$"),
        (CATEGORIES, {"test": 0.0}, "share must be between 0 and 1; got 0.0$"),
        (CATEGORIES, {"test": 1.0}, "share must be between 0 and 1; got 1.0$"),
        (CATEGORIES[:5], {}, "5 folds need at least 6 patients; there are 5$"),
        ((), {}, "at least 6 patients; there are 0$"),
        (
            "2" * 20 + "555",
            {},
            "needs a sick patient, and fold[0-4] has none: there are 3 sick patients for the test "
            "set and 5 folds$",
        ),
        ("2" * 20, {}, "needs a sick patient, and test has none: there are 0 sick patients"),
        ("5" * 20, {}, "needs a healthy patient, and test has none"),
        ("25" * 6, {"test": 0.9}, "and fold"),
    ],
)
def test_splits_that_cannot_be_made(categories: str, options: dict[str, object], message: str):
    """Invalid folds or shares, too few patients, and missing classes are errors with the counts."""
    with pytest.raises(SplitError, match=message):
        split(cohort(*categories), **options)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"test": ["1"], "fold0": ["2"], "fold1": []}, "1 are wrong, the first is 3:"),
        ({"test": ["1"], "fold0": ["2"], "fold1": ["3", "2"]}, "1 are wrong, the first is 2:"),
        ({"test": ["1"], "fold0": ["2"], "fold1": ["3", "9"]}, "1 are wrong, the first is 9:"),
        ({"test": ["1"], "fold0": ["2", "3"]}, "must be test, fold0, fold1; got test, fold0$"),
        ({"fold0": ["1"], "test": ["2"], "fold1": ["3"]}, "test, fold0, fold1; got fold0, test"),
    ],
    ids=["missing", "twice", "of another release", "a fold is missing", "another order"],
)
def test_splits_must_be_of_the_records(wrong: dict[str, list[str]], message: str):
    """Each image of the release must be in exactly one of the splits, and no other image in any."""
    records = [record(image, image, "2") for image in (1, 2, 3)]
    require_partition({"test": ["1"], "fold0": ["3"], "fold1": ["2"]}, records, folds=2)
    with pytest.raises(SplitError, match=message):
        require_partition(wrong, records, folds=2)


def test_overlap_is_an_error():
    """Two splits that share members are an error that names both and the first such member."""
    require_disjoint({"test": {"a"}, "fold0": ["b"], "fold1": ()}, "patient")
    with pytest.raises(SplitError) as caught:
        require_disjoint({"test": {"a"}, "fold0": ("b", "c"), "fold1": ["c", "b", "d"]}, "patient")
    assert str(caught.value) == (
        "fold0 and fold1 must share no patient; they share 2, the first is b"
    )


def test_the_hash_is_of_the_content():
    """The hash ignores the order of splits and ids, and changes with everything else."""
    digest = splits_hash({"test": ("1", "2"), "fold0": ("3",)})
    assert len(digest) == 64
    assert splits_hash({"fold0": ["3"], "test": ["2", "1"]}) == digest
    assert splits_hash({"test": ("1",), "fold0": ("2", "3")}) != digest


@pytest.mark.parametrize("name", ["real_mammograms", "real_masses"])
def test_real_patients(shared: Path, name: str):
    """The real data sets give a test set of a fifth and five folds, with equal shares of sick."""
    records = list(read_release(shared / name).records)
    splits = assign_splits(records, seed=20, folds=5, test=0.2)
    members = {split: patients_of(records, ids) for split, ids in splits.items()}
    total = {each.patient for each in records}
    assert abs(len(members[TEST]) - 0.2 * len(total)) <= 1
    shares = [
        sum(is_sick(worst) for worst in each.values()) / len(each) for each in members.values()
    ]
    assert max(shares) - min(shares) < 0.03
