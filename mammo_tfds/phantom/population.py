"""The patients, exams and images of a phantom release, in INbreast's proportions, from a seed."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mammo_tfds.phantom.randomness import rng

# (findings at a patient's exams, number of such patients with density 1, 2, 3 and 4). "R2 L4a" is
# one exam of both breasts, with CC and MLO of each; "R2; R2" are two exams; "RCC1" is a single
# image; "?" leaves the density blank. The totals are those of INbreast.csv: 108 patients, 117
# exams, 410 images, and of each category, view, side and density. The densities are distributed so
# that density does not tell sick from healthy.
_PATIENTS: tuple[tuple[str, int, int, int, int], ...] = (
    ("R2 L2; R2 L2", 2, 2, 1, 0),
    ("R1 L2; R2 L2", 1, 0, 0, 0),
    ("R1 L1; R1 L1", 0, 1, 0, 0),
    ("L2; L2", 0, 0, 0, 1),
    ("R2 L5; R2 L6", 0, 0, 1, 0),
    ("R2 L2", 4, 4, 3, 1),
    ("R1 L1", 1, 1, 1, 0),
    ("R1 L2", 1, 1, 1, 0),
    ("R2 L1", 1, 1, 1, 0),
    ("R3 L3", 0, 1, 1, 0),
    ("R3 L2", 1, 0, 0, 0),
    ("R2 L3", 1, 0, 0, 0),
    ("R3 L1", 0, 0, 0, 1),
    ("R2 LCC2 LMLO1", 0, 0, 0, 1),
    ("L1", 1, 1, 1, 0),
    ("R1", 1, 0, 1, 0),
    ("RCC1 RMLO1?", 0, 1, 0, 0),
    ("L3", 0, 1, 1, 0),
    ("R3", 0, 1, 0, 0),
    ("L2", 2, 2, 1, 0),
    ("R2", 2, 2, 2, 0),
    ("RMLO2 LMLO3", 1, 0, 0, 0),
    ("L2 RMLO2", 0, 1, 0, 0),
    ("R2 L2 LMLO2", 0, 0, 1, 0),
    ("R2 L2 LCC2", 0, 1, 0, 0),
    ("R2 RFB2 L2", 0, 1, 0, 0),
    ("L5", 1, 1, 0, 0),
    ("R5", 0, 1, 0, 0),
    ("L4c", 0, 1, 0, 0),
    ("R4c", 0, 1, 0, 0),
    ("L4b", 0, 1, 0, 0),
    ("R4a", 0, 0, 1, 0),
    ("R4c L4c", 1, 0, 0, 0),
    ("RCC4a RMLO5 L2", 0, 0, 0, 1),
    ("R4a L2", 1, 1, 0, 0),
    ("R2 L4a", 1, 1, 0, 0),
    ("R1 L4a", 0, 0, 1, 0),
    ("R4b L2", 1, 0, 0, 0),
    ("R2 L4b", 0, 0, 1, 0),
    ("R4b L1", 1, 0, 0, 0),
    ("R4c L2", 1, 1, 1, 0),
    ("R2 L4c", 1, 1, 1, 0),
    ("R1 L4c", 0, 0, 0, 1),
    ("R5 L2", 2, 2, 2, 1),
    ("R2 L5", 2, 3, 2, 0),
    ("R5 L1", 1, 1, 1, 0),
    ("R1 L5", 1, 1, 0, 0),
    ("R3 L5", 1, 0, 0, 0),
    ("R6 L2", 0, 1, 0, 0),
    ("R2 L6", 0, 1, 0, 0),
    ("R6 L1", 1, 0, 0, 0),
)
_TOKEN = re.compile(r"([RL])(CC|MLO|FB)?([1-6][abc]?)(\??)")
# Year and semester -> number of images in INbreast.csv.
_DATES = {"200801": 8, "200802": 22, "200901": 82, "200902": 72, "201001": 226}


@dataclass(frozen=True)
class Exposure:
    """One image of the release: its row in the table, its name, and what it shows."""

    image_id: str  # eight digits
    patient: str  # 16 hex digits
    index: int  # the patient's number, from 0
    exam: int  # the patient's exam, from 0
    repeat: int  # 1 where this view of this breast was taken again at this exam, else 0
    side: str  # L | R
    view: str  # CC | MLO | FB
    birads: str  # 1, 2, 3, 4a, 4b, 4c, 5, 6
    finding: str  # the breast's worst category, which decides what its images show
    density: int  # 1 to 4
    density_blank: bool  # the table does not say the density
    date: str  # year and semester

    @property
    def key(self) -> tuple[int, str, int, str, int]:
        """What distinguishes this exposure from all others of the same seed."""
        return self.index, self.side, self.exam, self.view, self.repeat


@dataclass(frozen=True)
class _Image:
    exam: int
    side: str
    view: str
    birads: str
    blank: bool


@dataclass(frozen=True)
class _Plan:
    images: tuple[_Image, ...]
    density: int

    def counts(self) -> Counter[str]:
        """What the patient adds to each count whose proportion is to be kept."""
        counts = Counter({"patients": 1, f"{len(self.images)} images": 1})
        for image in self.images:
            sick = image.birads[0] in "456"
            counts.update((image.birads, image.view, image.side))
            counts.update((f"density {self.density}", f"density {self.density}, sick {sick}"))
        return counts


def make_population(seed: int, patients: int) -> list[Exposure]:
    """The images of `patients` patients, in the order of the table.

    108 patients have exactly INbreast's counts. Any other number has INbreast's proportions, as
    nearly as whole patients allow. The first patients are the same for any number.

    Raises:
        ValueError: fewer than one patient, or more than there are image ids for.
    """
    if not 1 <= patients <= _SLOTS:
        raise ValueError(f"patients must be between 1 and {_SLOTS}; got {patients}")
    plans = _plans()
    return [
        exposure
        for index in range(patients)
        for exposure in _exposures(seed, index, plans[index % len(plans)])
    ]


def _exposures(seed: int, index: int, plan: _Plan) -> Iterator[Exposure]:
    patient = hashlib.sha256(f"phantom {seed} {index}".encode()).hexdigest()[:16]
    draw = rng(seed, "exams", index)
    exams = max(image.exam for image in plan.images) + 1
    dates = sorted(draw.choice(list(_DATES), size=exams, p=_shares(_DATES)))
    number = _first_id(seed, index) + int(draw.integers(_SLOT // 2))
    seen: Counter[tuple[int, str, str]] = Counter()
    for image in plan.images:
        taken = (image.exam, image.side, image.view)
        yield Exposure(
            image_id=str(number),
            patient=patient,
            index=index,
            exam=image.exam,
            repeat=seen[taken],
            side=image.side,
            view=image.view,
            birads=image.birads,
            finding=max(other.birads for other in plan.images if other.side == image.side),
            density=plan.density,
            density_blank=image.blank,
            date=str(dates[image.exam]),
        )
        seen[taken] += 1
        number += int(draw.integers(20, 40))


# Ids are like INbreast's, 20,xxx,xxx to 53,xxx,xxx; each patient has a slot of 1,000 of them.
_FIRST_ID, _SLOT, _SLOTS = 20_000_000, 1_000, 33_599


def _first_id(seed: int, index: int) -> int:
    """The first id of a patient's slot: scattered, and unique as 7,919 and 33,599 are coprime."""
    return _FIRST_ID + _SLOT * ((seed * 104_729 + index * 7_919) % _SLOTS)


@cache
def _plans() -> tuple[_Plan, ...]:
    """All plans, ordered so that every prefix is as near as possible to INbreast's proportions."""
    rest = [
        _Plan(_images(exams), density)
        for exams, *counts in _PATIENTS
        for density, count in enumerate(counts, start=1)
        for _ in range(count)
    ]
    whole = sum((plan.counts() for plan in rest), Counter())
    so_far: Counter[str] = Counter()
    ordered = []
    while rest:
        best = min(rest, key=lambda plan: _chi_square(so_far + plan.counts(), whole))
        rest.remove(best)
        so_far += best.counts()
        ordered.append(best)
    return tuple(ordered)


def _chi_square(counts: Counter[str], whole: Counter[str]) -> float:
    share = counts["patients"] / whole["patients"]
    return sum((counts[key] - share * n) ** 2 / (share * n) for key, n in whole.items())


def _images(exams: str) -> tuple[_Image, ...]:
    """The images of "R2 L4a; R2", in the order of INbreast.csv: all CC of an exam, then all MLO."""
    images = []
    for number, exam in enumerate(exams.split(";")):
        tokens = [_TOKEN.fullmatch(token) for token in exam.split()]
        for view in ("CC", "FB", "MLO"):
            for token in tokens:
                assert token is not None, exams
                side, only, birads, blank = token.groups()
                if view == only or (only is None and view != "FB"):
                    images.append(_Image(number, side, view, birads, bool(blank)))
    return tuple(images)


def _shares(counts: dict[str, int]) -> list[float]:
    total = sum(counts.values())
    return [count / total for count in counts.values()]
