"""How far the numbers of two runs are apart: rounding in the last digits, or more."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from jobs.common.types import Floats

ROUNDING = 1e-4
"""The largest relative difference that counts as rounding: no figure of a report shows it.

It is 839 units in the last place of a float32 (IEEE 754: 2**-23 of a number between 1 and 2), in
which models are trained. Other threads add in another order; ten steps of training that unfreezes
the base, on one thread and on two, left weights 1.6e-5 apart.
"""


@dataclass(frozen=True)
class Column:
    """Numbers of one kind in two runs: a column of a table, an array of weights, a value.

    Attributes:
        a, b: (n,) the numbers; both as many.
        name: the name of the number of an index.
    """

    a: Floats
    b: Floats
    name: Callable[[int], str]


@dataclass(frozen=True)
class Gap:
    """How far numbers are apart.

    Attributes:
        numbers: how many were compared.
        different: how many of them are not equal.
        beyond: how many are further apart than ROUNDING.
        largest: the largest relative difference: |a - b| over the largest magnitude in the same
            column. Infinite where only one is a finite number.
        where: the name of the number that is furthest apart; empty where all are equal.
    """

    numbers: int = 0
    different: int = 0
    beyond: int = 0
    largest: float = 0.0
    where: str = ""

    def __add__(self, other: "Gap") -> "Gap":
        """How far the numbers of both are apart, taken together."""
        further = self if self.largest >= other.largest else other
        return Gap(
            self.numbers + other.numbers,
            self.different + other.different,
            self.beyond + other.beyond,
            further.largest,
            further.where,
        )


def measure(columns: Iterable[Column]) -> Gap:
    """How far the numbers of some columns are apart, each column on its own scale."""
    return sum(map(_measure, columns), Gap())


def _measure(column: Column) -> Gap:
    a, b = (np.asarray(each, np.float64) for each in (column.a, column.b))
    different = (a != b) & ~(np.isnan(a) & np.isnan(b))
    if not different.any():
        return Gap(a.size)
    finite = np.isfinite(a) & np.isfinite(b)
    scale = max(np.abs(a[finite]).max(initial=0), np.abs(b[finite]).max(initial=0))
    relative = np.full(a.shape, math.inf)
    relative[finite] = np.abs(a[finite] - b[finite]) / (scale or 1.0)
    relative[~different] = 0.0
    furthest = int(relative.argmax())
    beyond = int((relative > ROUNDING).sum())
    largest = float(relative[furthest])
    return Gap(a.size, int(different.sum()), beyond, largest, column.name(furthest))


def columns_of(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Column]:
    """A column for each name whose value is a number in both, or a list of as many numbers."""
    found = []
    for name in a:
        x, y = (each if isinstance(each, list) else [each] for each in (a[name], b.get(name)))
        if len(x) == len(y) and all(map(_is_number, [*x, *y])):
            found.append(Column(np.array(x), np.array(y), always(name)))
    return found


def always(name: str) -> Callable[[int], str]:
    """The name of a column, whichever number is asked for."""
    return lambda _: name


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
