"""The trials of a search: Optuna's journal, one file on the shared volume.

Workers append to it under a lock that is a file made exclusively, which works on NFS; one that a
killed worker leaves is taken after half a minute.
"""

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from jobs.common.keyed_rng import key_seed
from jobs.common.progress import Watch, silent
from jobs.search.journal_file import open_journal_file
from jobs.search.marks import SILENT_SECONDS, Marks
from jobs.search.space import Choices, Domain, Space, WholeRange
from jobs.training.together.heads import FREE

VARIANT, WORKER, REFUSED, SECONDS = "variant", "worker", "refused", "seconds"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
_STARTUP = 10  # trials, of each variant, before the sampler and the pruner go by what was seen


class Journal:
    """A search's trials as one worker sees them."""

    def __init__(self, folder: Path, space: Space, seed: int, worker: int) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space, self._seed, self._worker = space, seed, worker
        self._marks = Marks(folder / "workers", worker)
        storage = JournalStorage(open_journal_file(folder / "journal.log"))
        pruner = optuna.pruners.MedianPruner(n_startup_trials=_STARTUP)
        self._study = optuna.create_study(
            storage=storage,
            study_name="search",
            direction="maximize",
            load_if_exists=True,
            pruner=pruner if space.config.prune else optuna.pruners.NopPruner(),
        )

    @property
    def trials(self) -> list[FrozenTrial]:
        """All trials, whatever became of them."""
        return self._study.get_trials(deepcopy=False)

    @property
    def finished(self) -> list[FrozenTrial]:
        """Those that are complete, or were given up."""
        return [trial for trial in self.trials if trial.state in FINISHED]

    def begin(self, watch: Watch = silent) -> None:
        """Takes this worker's number; see `Marks.claim`."""
        self._marks.claim(watch)

    def alive(self) -> None:
        """Says that this worker is at work; see `Marks.touch`."""
        self._marks.touch()

    def end(self) -> None:
        """Leaves this worker's number to whoever comes."""
        self._marks.release()

    def requeue_lost(self) -> None:
        """Puts the trials of workers that are gone, this one's earlier self included, in line.

        This worker must have none in work.
        """
        self.alive()
        for trial in self._running():
            if self._is_gone(trial):
                with _unless_finished():  # or in line: of two workers one does it
                    self._study.tell(trial.number, state=TrialState.FAIL)
                    self._study.enqueue_trial(trial.params)

    def ask(self) -> list[Trial]:
        """The next trials, which can be trained together; none if there are enough."""
        first = self._begin(self._dealt())
        if first is None:
            return []
        trials = [first]
        fixed = {name: value for name, value in first.params.items() if not _is_free(name)}
        while len(trials) < self._space.config.together and not self._waiting():
            if (next_ := self._begin(fixed)) is None:
                break
            trials.append(next_)
        return trials

    def report(self, trial: Trial, rung: int, value: float) -> bool | None:
        """Whether a trial is to be given up at a rung; None where others have taken it."""
        with _unless_finished():
            trial.report(value, rung)
            return bool(trial.should_prune())  # it may be numpy's, which is not False
        return None

    def tell(self, trial: Trial, value: float | None, **attributes: float | str) -> None:
        """What a trial scored; None where it was given up. Of one that others have, nothing."""
        state = TrialState.PRUNED if value is None else TrialState.COMPLETE
        with _unless_finished():
            for name, attribute in attributes.items():
                trial.set_user_attr(name, attribute)
            self._study.tell(trial.number, value, state)

    def others_at_work(self) -> int:
        """How many trials other workers have begun."""
        return len(self._running())

    def settings(self, trial: FrozenTrial | Trial) -> dict[str, str]:
        """By key of study.yaml, a trial's values as YAML."""
        variant = trial.params.get(VARIANT, next(iter(self._space.variants)))
        return {
            key: _as_text(trial.params[_name(self._space, variant, key)])
            for key in self._space.domains(variant)
        }

    def _dealt(self) -> dict[str, str]:
        """The variant that was tried least, until all were tried enough: the sampler would not.

        It draws near what did well, and so never a variant that its first draws happened to miss.
        A trial that waits to be begun again has its own.
        """
        if self._waiting() or len(self._space.variants) == 1:
            return {}
        begun = [each.params.get(VARIANT) for each in (*self.finished, *self._running())]
        least = min(self._space.variants, key=begun.count)
        return {VARIANT: least} if begun.count(least) < _STARTUP else {}

    def _begin(self, fixed: Mapping[str, Any]) -> Trial | None:
        begun = len(self.finished) + len(self._running())
        if begun >= self._space.config.trials:
            return None
        with _experimental():
            self._study.sampler = self._sampler(fixed)
        trial = self._study.ask()
        trial.set_user_attr(WORKER, self._worker)
        names = list(self._space.variants)
        variant = names[0] if len(names) == 1 else trial.suggest_categorical(VARIANT, names)
        for key, domain in self._space.domains(variant).items():
            _suggest(trial, _name(self._space, variant, key), domain)
        return trial

    def _sampler(self, fixed: Mapping[str, Any]) -> optuna.samplers.BaseSampler:
        """Its seed depends on how far the search is: a resumed worker draws other values."""
        seed = key_seed(self._seed, "sampler", self._worker, len(self.trials)) % 2**32
        if self._space.config.sampler == "random":
            sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(seed)
        else:
            sampler = optuna.samplers.TPESampler(
                n_startup_trials=_STARTUP,
                multivariate=True,
                group=True,
                constant_liar=True,
                seed=seed,
            )
        return optuna.samplers.PartialFixedSampler(dict(fixed), sampler) if fixed else sampler

    def _waiting(self) -> bool:
        """Whether a trial is in line, which whoever asks next gets."""
        return any(trial.state == TrialState.WAITING for trial in self.trials)

    def _running(self) -> list[FrozenTrial]:
        return [trial for trial in self.trials if trial.state == TrialState.RUNNING]

    def _is_gone(self, trial: FrozenTrial) -> bool:
        """Whether nobody works at a trial: this worker does not yet, or its worker is silent."""
        worker = trial.user_attrs.get(WORKER)
        if worker is None:  # it has only just begun, or its worker was killed as it began
            assert trial.datetime_start is not None
            return (datetime.now() - trial.datetime_start).total_seconds() > SILENT_SECONDS
        return worker == self._worker or self._marks.is_silent(worker)


@contextlib.contextmanager
def _unless_finished() -> Iterator[None]:
    """What is done to a trial that somebody else has ended is not done."""
    with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
        try:
            yield
        except ValueError as error:
            if not str(error).startswith("Cannot tell a"):
                raise


@contextlib.contextmanager
def _experimental() -> Iterator[None]:
    """Optuna's warning that a sampler's interface may change: its version is locked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


def _suggest(trial: Trial, name: str, domain: Domain) -> None:
    if isinstance(domain, Choices):
        trial.suggest_categorical(name, domain.values)
    elif isinstance(domain, WholeRange):
        trial.suggest_int(name, int(domain.low), int(domain.high), log=domain.log)
    else:
        trial.suggest_float(name, domain.low, domain.high, log=domain.log)


def key_of(name: str) -> str:
    """The key of study.yaml that a parameter of a trial is a value of."""
    return name.rpartition(":")[2]


def _name(space: Space, variant: str, key: str) -> str:
    """A parameter's name; each variant's own are apart, as their domains may differ."""
    return key if key in space.parameters else f"{variant}:{key}".lstrip(":")


def _is_free(name: str) -> bool:
    return key_of(name) in FREE


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else repr(value)
