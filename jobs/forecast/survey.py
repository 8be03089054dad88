"""A study's steps -> how much they will write, how long they are likely to take, and the room."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.layout import Root
from jobs.common.errors import CannotCreateError, MammoError
from jobs.config.study import Study, load_study
from jobs.data.errors import too_few_patients
from jobs.forecast.disk import Need, list_needs, require_room
from jobs.forecast.extent import Extent, PhantomSize, find_extent
from jobs.forecast.steps import Forecast, forecast
from jobs.local.manifests.pod import Step
from mammo_tfds.release.splits import SplitError


@dataclass(frozen=True)
class Survey:
    """What a study will take.

    Attributes:
        forecasts: of each step.
        needs: what is going to be written; None where nothing tells how much.
        problems: too few patients, or a place that cannot take what is written to it.
    """

    forecasts: Sequence[Forecast]
    needs: Sequence[Need] | None
    problems: Sequence[MammoError]

    @property
    def needed_bytes(self) -> int | None:
        """All needs together."""
        return None if self.needs is None else sum(need.bytes for need in self.needs)


def survey(root: Path, steps: Sequence[Step], to_run: Collection[Step]) -> Survey:
    """Looks at what is there, and makes nothing.

    Args:
        root: the folder that all artifacts lie under; it need not be there.
        steps: all of the study's.
        to_run: those of them that have something to make.
    """
    told = (each.options for each in steps if "config" in each.options)
    study = next((load_study(each.config, each.overrides) for each in told), Study())
    problems: list[MammoError] = []
    extent = None
    try:
        extent = _extent(root, study, steps)
    except SplitError as error:
        problems.append(too_few_patients(error, study))
    needs = None
    if extent:
        commands = dict.fromkeys(step.options.command for step in to_run)
        needs = list_needs(root, study, extent, commands)
    try:
        require_room(root, needs or ())
    except CannotCreateError as error:
        problems.append(error)
    idle = Forecast(work=0.0, expected=0.0)
    known = forecast(steps, Root(root), study, extent) if extent else [Forecast()] * len(steps)
    forecasts = [one if step in to_run else idle for step, one in zip(steps, known, strict=True)]
    return Survey(forecasts, needs, problems)


def _extent(root: Path, study: Study, steps: Sequence[Step]) -> Extent | None:
    """None where nothing is there yet, or what is there cannot be used, which others tell.

    Raises:
        SplitError: there are too few patients, or will be.
    """
    options = {step.options.command: step.options for step in steps}
    prepare, phantom = options.get("prepare"), options.get("phantom")
    size = PhantomSize(phantom.seed, phantom.patients, phantom.size) if phantom else None
    try:
        return find_extent(Root(root), study, prepare.release if prepare else None, size)
    except (MammoError, OSError):
        return None
