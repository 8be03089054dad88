"""Patients -> a test set and folds: grouped, stratified, deterministic.

Patients are sorted by class, category and a hash of (seed, patient). The test set takes evenly
spaced patients of each class, and the rest are dealt to the folds in turn. So the folds differ by
at most one patient: in all, in each class and in each category. scikit-learn's
StratifiedGroupKFold does not guarantee that: it is greedy, and its shuffle depends on the order of
the records. SHA-256 replaces a random generator, so that the splits depend only on the seed and the
patients, not on the version of a library.
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
"""The name of the test split."""

_CLASSES = {False: "healthy", True: "sick"}


class SplitError(ValueError):
    """Splits that cannot be made, or are not valid: one line with the rule and the counts.

    Examples:
        >>> from mammo_tfds import SplitError, assign_splits
        >>> try:
        ...     assign_splits([], seed=20, folds=5, test=0.2)
        ... except SplitError as error:
        ...     print(error)
        a test set and 5 folds need at least 6 patients; there are 0
    """


@dataclass(frozen=True)
class _Patient:
    """What the splits depend on; `worst` is the highest BI-RADS category of the images."""

    key: str
    sick: bool
    worst: str
    images: tuple[str, ...]


def fold_name(k: int) -> str:
    """The name of the split that fold `k` validates on.

    Examples:
        >>> from mammo_tfds import fold_name
        >>> fold_name(0)
        'fold0'
    """
    return f"fold{k}"


def assign_splits(
    records: Iterable[Record],
    *,
    seed: int,
    folds: int,
    test: float,
    sick: Collection[int] = SICK,
) -> dict[str, tuple[str, ...]]:
    """Splits a release by patient: split name -> its image ids, sorted.

    Args:
        records: the images of the release, in any order.
        seed: another seed gives other splits.
        folds: how many folds, at least 2.
        test: the test set's share of the patients of each class, above 0 and below 1; rounded, but
            at least one patient.
        sick: the BI-RADS categories of the sick class. A patient is sick if any image is.

    Raises:
        SplitError: `folds` or `test` is out of range, there are fewer patients than splits, or a
            split would have no healthy or no sick patient.

    Examples:
        >>> from pathlib import Path
        >>> from mammo_tfds import Record, assign_splits
        >>> records = [
        ...     Record(str(k), f"{k:016x}", "L", "CC", birads, 1, (), Path(f"{k}.dcm"))
        ...     for k, birads in enumerate(["2", "5"] * 3)
        ... ]
        >>> assign_splits(records, seed=20, folds=2, test=0.3)
        {'test': ('2', '3'), 'fold0': ('4', '5'), 'fold1': ('0', '1')}
    """
    if folds < 2:
        raise SplitError(f"folds must be at least 2, one to validate and one to train; got {folds}")
    if not 0 < test < 1:
        raise SplitError(f"the test set's share must be between 0 and 1; got {test}")
    patients = _sort_patients(records, seed, sick)
    if len(patients) <= folds:
        raise SplitError(
            f"a test set and {folds} folds need at least {folds + 1} patients; "
            f"there are {len(patients)}"
        )
    chosen: list[_Patient] = []
    for is_sick_class, name in _CLASSES.items():
        of_class = [patient for patient in patients if patient.sick is is_sick_class]
        count = max(1, round(test * len(of_class)))
        chosen += _take_evenly_spaced(of_class, count, _draw(seed, name))
    rest = [patient for patient in patients if patient not in chosen]
    splits = {TEST: chosen, **{fold_name(k): rest[k::folds] for k in range(folds)}}
    _require_both_classes(splits)
    return {name: _image_ids(members) for name, members in splits.items()}


def require_partition(
    splits: Mapping[str, Iterable[str]], records: Iterable[Record], folds: int
) -> None:
    """Raises SplitError unless the splits hold the image of each record once, and no other.

    Args:
        splits: split name -> its image ids, as `assign_splits` gives them.
        records: the images of the release, in any order.
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
    """The sha256, in hex, of the splits as canonical JSON; the order of splits and ids is ignored.

    Examples:
        >>> from mammo_tfds.release.splits import splits_hash
        >>> splits_hash({"test": ["1"], "fold0": ["3", "2"]})[:12]
        '0d2b6fbf5b38'
    """
    plain = {name: sorted(members) for name, members in splits.items()}
    return hashlib.sha256(
        json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def require_disjoint(splits: Mapping[str, Collection[str]], what: str) -> None:
    """Raises SplitError if two splits share a member; names both, how many they share, the first.

    Args:
        splits: the members of each split: patients, or hashes of pixels.
        what: what the members are, for the message.
    """
    for (one, mine), (other, theirs) in itertools.combinations(splits.items(), 2):
        if shared := set(mine) & set(theirs):
            raise SplitError(
                f"{one} and {other} must share no {what}; they share {len(shared)}, "
                f"the first is {min(shared)}"
            )


def _sort_patients(records: Iterable[Record], seed: int, sick: Collection[int]) -> list[_Patient]:
    """The patients, sorted by class, category and draw."""
    images: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        images[record.patient].append(record)
    patients = [
        _Patient(
            key=key,
            sick=any(is_sick(record.birads, sick) for record in theirs),
            # As text, "4" < "4a" < "4b" < "4c" < "5".
            worst=max(record.birads for record in theirs),
            images=tuple(record.image_id for record in theirs),
        )
        for key, theirs in images.items()
    ]
    return sorted(patients, key=lambda each: (each.sick, each.worst, _draw(seed, each.key)))


def _take_evenly_spaced(patients: list[_Patient], count: int, phase: float) -> list[_Patient]:
    """`count` evenly spaced patients; `phase` in [0, 1) is the start within the first stride."""
    stride = len(patients) / count
    return (
        [patients[math.floor((nth + phase) * stride)] for nth in range(count)] if patients else []
    )


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
    """A number in [0, 1) that depends only on the seed and the name."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
