"""What `mammo explain` is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.data.dataset import Image

Value = float | str
"""A number, or one of some words."""

Options = Mapping[str, Mapping[str, Value]]
"""By a method's name: its options by their names."""


CHECKED_PATIENTS = 8
"""A check is decided by these images' differences: of four, few were on films."""


@dataclass(frozen=True)
class Request:
    """What is explained, and how.

    Attributes:
        model: fold0, fold1, ... or all.
        images: in the order of their ids.
        methods: names of METHODS.
        options: of methods, where they are not the defaults.
        extras: names of EXTRAS, which are made, too.
        checked_patients: of how many patients a sick image is explained by random and other models,
            too, where the maps are checked.
    """

    model: str
    images: Sequence[Image]
    methods: Sequence[str]
    options: Options
    extras: Sequence[str] = ()
    checked_patients: int = CHECKED_PATIENTS
