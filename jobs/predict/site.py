"""The probabilities of a site: what `mammo recalibrate` fitted there, on predictions like these."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jobs.common.errors import DataError, UsageError
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.site_calibration import SiteCalibration, read_site
from jobs.predict.table import EXAM, FILE, Row

_PATIENT = LEVELS[-1]  # as the run's own validation folds call an exam


@dataclass(frozen=True)
class Site:
    """A site's calibration.

    Attributes:
        sha256: of its file, in hex.
        levels: how probabilities are changed; of the levels that it was fitted at.
    """

    sha256: str
    levels: Mapping[str, SiteCalibration]

    def calibrate(self, row: Row) -> Row:
        """The row with the probabilities of the site; what is called sick stays so.

        The threshold is moved as the probability is. A level that the site has no calibration of
        keeps the run's own, and says so.
        """
        if row.level == FILE:
            return row
        if row.level not in self.levels:
            notes = [row.notes] if row.notes else []
            return replace(row, notes="; ".join([*notes, "not calibrated to the site"]))
        names = ("probability", "threshold", "least", "most")
        moved = self.levels[row.level].apply(np.array([getattr(row, name) for name in names]))
        return replace(row, **dict(zip(names, moved.tolist(), strict=True)))


def read_site_file(path: Path, run: str, evaluation: str) -> Site:
    """The calibration.json that `mammo recalibrate` has written for a run.

    Args:
        run: the run's name.
        evaluation: the key of its figures: those of a run that was trained again are others.

    Raises:
        UsageError: there is no such file.
        DataError: it is no such file, or another run's, or was fitted on other figures.
    """
    if not path.is_file():
        raise UsageError(f"--calibration must be a file of mammo recalibrate; got {path}")
    content = path.read_bytes()
    try:
        plain = json.loads(content)
        levels = {
            EXAM if level == _PATIENT else level: read_site(each["calibration"])
            for level, each in plain["levels"].items()
        }
        fitted, figures = plain["run"], plain.get("evaluation")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path} is no calibration.json of mammo recalibrate: make it") from error
    if fitted != run:
        raise DataError(
            f"{path} must be fitted on predictions of run {run}; got those of {fitted!r}: "
            f"run mammo recalibrate --run {run}"
        )
    if figures != evaluation:
        raise DataError(
            f"{path} must be fitted on predictions of run {run} as it is; got those of other "
            f"models or figures of that name: run mammo recalibrate --run {run}"
        )
    return Site(hashlib.sha256(content).hexdigest(), levels)
