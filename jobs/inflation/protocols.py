"""The protocols under which one model is scored: one that is honest, and those that flatter."""

from dataclasses import dataclass

MARK = "INFLATED"
"""Stands before every figure of a protocol that flatters."""


@dataclass(frozen=True)
class Protocol:
    """A way to split, to train or to score.

    Attributes:
        name: in files.
        title: in tables.
        flaw: why its figure is too high; "" for the honest one.
    """

    name: str
    title: str
    flaw: str = ""

    @property
    def mark(self) -> str:
        """What stands before its figure."""
        return MARK if self.flaw else ""


HONEST = Protocol("patients", "folds by patient, last epoch")
BEST_EPOCH = Protocol(
    "best_epoch",
    "the best epoch on the fold that is scored",
    "the epoch is chosen by the figure that is then reported",
)
IMAGES = Protocol(
    "images",
    "folds by image",
    "other images of the same patients, often of the same breast, are trained on",
)
VIEWS = Protocol(
    "views",
    "augmented before the split",
    "other views of the very images are trained on",
)
EXTREMES = Protocol(
    "extremes",
    "5 and 6 against 1 and 2",
    "the images that are hard to tell, 3 and 4, are left out of the figure",
)
PATCHES = Protocol(
    "patches",
    "patches of findings against patches of healthy breasts, folds by patch",
    "somebody has marked where to look, and patches of the same image are trained on",
)
AT_ONCE = Protocol(
    "at_once",
    "augmented before the split, best epoch, 5 and 6 against 1 and 2",
    "three of these at once",
)

PROTOCOLS = (HONEST, BEST_EPOCH, EXTREMES, IMAGES, VIEWS, AT_ONCE, PATCHES)
