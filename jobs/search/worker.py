"""A worker of a search: it draws settings, has their heads trained, and says what they scored."""

import time
from collections.abc import Sequence

from optuna.trial import Trial

from jobs.artifacts.layout import Root, SearchFolder
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import ConfigError
from jobs.common.progress import Watch
from jobs.config.study import Study
from jobs.search.fit import Fit
from jobs.search.journal import REFUSED, SECONDS, Journal
from jobs.search.space import Space, study_of

_ALIVE_SECONDS = 10


class Worker:
    """Works at a search until there are enough trials.

    A trial that it was stopped at is begun anew by the next call, or by another worker.
    """

    def __init__(
        self, root: Root, folder: SearchFolder, base: Study, space: Space, number: int, watch: Watch
    ) -> None:
        self._root, self._folder, self._base, self._space = root, folder, base, space
        self._watch, self._alive = watch, 0.0
        self.journal = Journal(folder.path, space, base.seed, number)

    def work(self) -> None:
        """Until no trial is left to begin.

        Raises:
            CannotCreateError: another process is at work under this worker's number.
        """
        self._folder.trials.mkdir(exist_ok=True)
        self.journal.begin(self._watch)
        try:
            self.journal.requeue_lost()
            while trials := self.journal.ask():
                self._watch_trials()
                self._fit(trials)
                self.journal.requeue_lost()
        finally:
            self.journal.end()
        self._watch_trials()

    def _watch_trials(self) -> None:
        total = self._space.config.trials
        self._watch("search: trials", min(total, len(self.journal.finished)), total)

    def _fit(self, trials: Sequence[Trial]) -> None:
        left, started = dict(enumerate(trials)), time.process_time()

        def end(which: int, value: float | None, reason: str = "") -> None:
            spent = {SECONDS: (time.process_time() - started) / len(trials)}
            self.journal.tell(
                left.pop(which), value, **spent, **({REFUSED: reason} if reason else {})
            )

        studies = [study_of(self._base, self.journal.settings(trial)) for trial in trials]
        try:
            fit = Fit(self._root, studies, self._space.config, self._watch_and_live)
            for which, rung, value in fit.rungs():
                stop = self.journal.report(trials[which], rung, value)
                if stop is None:  # others have it
                    del left[which]
                elif stop:
                    end(which, None)
                fit.candidates[which].stopped = stop is not False
        except ConfigError as error:
            for which in list(left):
                end(which, None, str(error))
            return
        for which, trial in list(left.items()):
            candidate = fit.candidates[which]
            if candidate.scores:
                path = self._folder.trials / f"{trial.number}.npz"
                write_atomically(path, candidate.scores.to_bytes())
                end(which, candidate.values[-1])
            else:
                end(which, None, candidate.reason)

    def _watch_and_live(self, what: str, done: int, total: int) -> None:
        if time.monotonic() > self._alive + _ALIVE_SECONDS:
            self._alive = time.monotonic()
            self.journal.alive()
        self._watch(what, done, total)
