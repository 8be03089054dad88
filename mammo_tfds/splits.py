"""Patients -> a test set and folds: grouped, stratified, deterministic.

Patients are put in order of class, category and a hash of (seed, patient); the test set takes
evenly spaced ones from each class, and the rest are dealt to the folds in turn, like cards. So
every fold's share of each category, of each class and of all patients is the same to within one
patient, which scikit-learn's StratifiedGroupKFold (greedy, its shuffle depends on the order of the
records) does not promise. SHA-256 instead of a random generator: a patient's draw depends on
nothing but the seed and the patient, and stays the same with every version of every library.
"""

import hashlib
import itertools
import json
import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from mammo_tfds.release.release import SICK, Record, is_sick

TEST = "test"
_CLASSES = {False: "healthy", True: "sick"}


class SplitError(ValueError):
    """Splits that cannot be made, or that overlap: one line with the rule and the counts."""


@dataclass(frozen=True)
class _Patient:
    """A patient as the splits see one. `worst` is the gravest BI-RADS category of the images."""

    key: str
    sick: bool
    worst: str
    images: tuple[str, ...]


def fold_name(k: int) -> str:
    """The name of the split that fold k validates on."""
    return f"fold{k}"


def assign_splits(
    records: Iterable[Record],
    *,
    seed: int,
    folds: int,
    test: float,
    sick: Collection[int] = SICK,
) -> dict[str, tuple[str, ...]]:
    """The image ids of the test set and of each fold, sorted.

    Args:
        records: the release's images, in any order.
        seed: another seed deals the patients otherwise.
        folds: how many, at least 2.
        test: the test set's share of the patients of each class, above 0 and below 1; rounded, but
            at least one patient.
        sick: the BI-RADS categories of the sick class. A patient is sick if any image is.

    Raises:
        SplitError: the folds or the share are out of range, there are fewer patients than splits,
            or a split would be left without a healthy or without a sick patient.
    """
    if folds < 2:
        raise SplitError(f"folds must be at least 2, one to validate and one to train; got {folds}")
    if not 0 < test < 1:
        raise SplitError(f"the test set's share must be between 0 and 1; got {test}")
    patients = _patients(records, seed, sick)
    if len(patients) <= folds:
        raise SplitError(
            f"a test set and {folds} folds need at least {folds + 1} patients; "
            f"there are {len(patients)}"
        )
    chosen: list[_Patient] = []
    for each in (False, True):
        among = [patient for patient in patients if patient.sick is each]
        chosen += _every_nth(among, max(1, round(test * len(among))), _draw(seed, _CLASSES[each]))
    hands = _deal([patient for patient in patients if patient not in chosen], folds)
    splits = {TEST: chosen, **{fold_name(k): hand for k, hand in enumerate(hands)}}
    _require_both_classes(splits)
    return {name: _image_ids(members) for name, members in splits.items()}


def require_partition(
    splits: Mapping[str, Iterable[str]], records: Iterable[Record], folds: int
) -> None:
    """Raises SplitError unless each record's image id is in exactly one split, and no other id is.

    Args:
        splits: the image ids of the test set and of each fold, as `assign_splits` gives them.
        records: the release's images, in any order.
        folds: how many folds there must be.
    """
    names = [TEST, *map(fold_name, range(folds))]
    if list(splits) != names:
        raise SplitError(f"the splits must be {', '.join(names)}; got {', '.join(splits)}")
    expected = Counter(record.image_id for record in records)
    given = Counter(image_id for ids in splits.values() for image_id in ids)
    if wrong := sorted((given - expected) | (expected - given)):
        raise SplitError(
            "the splits must hold each image of the release once, and no other image; "
            f"{len(wrong)} are wrong, the first is {wrong[0]}: assign them from this release"
        )


def splits_hash(splits: Mapping[str, Iterable[str]]) -> str:
    """The sha256, in hex, of the splits as canonical JSON: the same whatever the order of ids."""
    plain = {name: sorted(members) for name, members in splits.items()}
    return hashlib.sha256(
        json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def check_disjoint(splits: Mapping[str, Collection[str]], what: str) -> None:
    """Makes sure that no two splits share a member.

    Args:
        splits: each split's members: patients, or hashes of pixels.
        what: what a member is, for the message.

    Raises:
        SplitError: two splits share members; names the splits, how many, and the first.
    """
    for (one, mine), (other, theirs) in itertools.combinations(splits.items(), 2):
        if shared := set(mine) & set(theirs):
            raise SplitError(
                f"{one} and {other} must share no {what}; they share {len(shared)}, "
                f"the first is {min(shared)}"
            )


def _patients(records: Iterable[Record], seed: int, sick: Collection[int]) -> list[_Patient]:
    """The patients in the order in which they are dealt."""
    images: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        images[record.patient].append(record)
    patients = [
        _Patient(
            key=key,
            sick=any(is_sick(record.birads, sick) for record in theirs),
            # "4" < "4a" < "4b" < "4c" < "5": the categories are in order as text.
            worst=max(record.birads for record in theirs),
            images=tuple(record.image_id for record in theirs),
        )
        for key, theirs in images.items()
    ]
    return sorted(patients, key=lambda each: (each.sick, each.worst, _draw(seed, each.key)))


def _every_nth(patients: list[_Patient], count: int, phase: float) -> list[_Patient]:
    """`count` evenly spaced patients; `phase` in [0, 1) says where in the first stride to start."""
    stride = len(patients) / count
    return (
        [patients[math.floor((nth + phase) * stride)] for nth in range(count)] if patients else []
    )


def _deal(patients: list[_Patient], folds: int) -> list[list[_Patient]]:
    return [patients[k::folds] for k in range(folds)]


def _require_both_classes(splits: Mapping[str, list[_Patient]]) -> None:
    everyone = [patient for members in splits.values() for patient in members]
    for name, members in splits.items():
        for sick, word in _CLASSES.items():
            if not any(patient.sick is sick for patient in members):
                count = sum(patient.sick is sick for patient in everyone)
                raise SplitError(
                    f"each split needs a {word} patient, and {name} has none: there are {count} "
                    f"{word} patients for the test set and {len(splits) - 1} folds"
                )


def _image_ids(patients: Iterable[_Patient]) -> tuple[str, ...]:
    return tuple(sorted(image for patient in patients for image in patient.images))


def _draw(seed: int, name: str) -> float:
    """A number in [0, 1) that depends on nothing but the seed and the name."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
