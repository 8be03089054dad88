"""The plan of a search: its folder, and whether it has all its trials."""

import json
from dataclasses import dataclass
from pathlib import Path

from jobs.artifacts.layout import Root, SearchFolder
from jobs.artifacts.plan import Outcome
from jobs.common.atomic_write import rename_if_absent, temporary_folder, write_atomically
from jobs.common.errors import ConfigError
from jobs.common.progress import Watch
from jobs.config.difference import list_changes
from jobs.config.study import Study, dump_study, load_study, plain
from jobs.data.dataset import open_dataset
from jobs.search.space import Space
from jobs.training.together.kinds import require_together


@dataclass(frozen=True)
class SearchPlan:
    """One worker's part of a search, and what is known of it so far."""

    root: Root
    folder: SearchFolder
    base: Study
    space: Space
    worker: int

    @classmethod
    def draw_up(cls, root: Path, name: str, base: Study, space: Space, worker: int) -> "SearchPlan":
        """Raises MissingInputError without a dataset, ConfigError where the search is another."""
        require_together(base)
        open_dataset(root, base)
        return cls(Root(root), Root(root).search(name), base, space, worker)

    @property
    def target(self) -> Path:
        """The search's folder."""
        return self.folder.path

    def is_made(self) -> bool:
        self._require_same()
        if not self.folder.figures.is_file():
            return False
        counts = json.loads(self.folder.figures.read_text(encoding="utf-8"))["counts"]
        return bool(counts["finished"] >= self.space.config.trials)

    def make(self, watch: Watch) -> Outcome:
        """Tries settings until there are enough, then writes what came of all."""
        from jobs.search.results import write_results
        from jobs.search.worker import Worker

        self._claim()
        worker = Worker(self.root, self.folder, self.base, self.space, self.worker, watch)
        worker.work()
        write_results(
            self.folder,
            self.base,
            self.space,
            worker.journal,
            open_dataset(self.root.path, self.base),
        )
        return Outcome.NOTHING_LEFT if worker.journal.others_at_work() else Outcome.MADE

    def _claim(self) -> None:
        with temporary_folder(self.target) as aside:
            write_atomically(aside / self.folder.study.name, dump_study(self.base).encode())
            write_atomically(aside / self.folder.space.name, self.space.to_json())
            if not rename_if_absent(aside, self.target):
                self._require_same()

    def _require_same(self) -> None:
        if not self.folder.study.is_file():
            return
        changes = [
            *list_changes(plain(load_study(self.folder.study)), plain(self.base)),
            *([] if self.folder.space.read_bytes() == self.space.to_json() else ["another space"]),
        ]
        if changes:
            raise ConfigError(
                f"{self.target}: the search has another configuration ({', '.join(changes)}); "
                "name a new one with --name"
            )
