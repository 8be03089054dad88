"""What came of a study, or would come of it, as one JSON document."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import Root
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import Result
from jobs.common.errors import ExitCode, exit_code, lines_of
from jobs.common.step_table import ENDED, Row, State, StepTable
from jobs.local.manifests.pod import Step

FORMAT = 1


def _errors(error: BaseException | None) -> list[dict[str, Any]]:
    """The exit code and the message of an error, or of each error in a group; of none, nothing."""
    if error is None:
        return []
    if isinstance(error, BaseExceptionGroup):
        return [entry for each in error.exceptions for entry in _errors(each)]
    (line,) = lines_of(error)
    return [{"exit_code": exit_code(error), "message": line}]


def _entry(
    step: Step, row: Row, table: StepTable, result: Result | None, error: BaseException | None
) -> dict[str, Any]:
    left = table.left(row) if row.state is State.TO_COME else None
    target = result.target if result else None
    return {
        "name": row.name,
        "command": row.command,
        "job": step.job,
        "index": step.index,
        "state": str(row.state),
        "seconds": None if row.state is State.TO_COME else round(table.elapsed(row), 3),
        "expected_seconds": None if left is None else round(left, 1),
        "exit_code": _exit_code(row.state, error),
        "target": str(target) if target else None,
        "key": _key(target),
        "reason": (result.reason or None) if result else None,
    }


def _exit_code(state: State, error: BaseException | None) -> int | None:
    """A step's own: 0 where it has ended well, None where it has not run."""
    match state:
        case State.FAILED | State.MISSING_INPUT:
            return exit_code(error) if error else None
        case State.STOPPED:
            return ExitCode.STOPPED
    return ExitCode.OK if state in ENDED else None


def _key(target: Path | None) -> str | None:
    """The key of a published artifact: a release and a page have none."""
    manifest = read_manifest(target) if target else None
    return manifest.key if manifest else None


@dataclass
class StudyDocument:
    """What is known of one call of `mammo study`; filled in as it goes.

    Attributes:
        root: the folder of all artifacts.
        dry_run: whether nothing was to be run.
        manifests: the folder that the steps are from.
        steps, table, results: the steps, what became of them, and of their plans.
        needed_bytes: how much is going to be written; None where nothing tells.
        error: what ended it, if anything did.
    """

    root: Path
    dry_run: bool
    manifests: Path | None = None
    steps: Sequence[Step] = ()
    table: StepTable = field(default_factory=lambda: StepTable(()))
    results: Mapping[Step, Result] = field(default_factory=dict)
    needed_bytes: int | None = None
    error: BaseException | None = None

    def text(self) -> str:
        """The document; its fields are those that docs/commands.md has."""
        run = next((each.options.run for each in self.steps if "run" in each.options), None)
        page = Root(self.root).run(run).report if run else None
        total = self.table.total_left() if self.steps else None
        document = {
            "format": FORMAT,
            "dry_run": self.dry_run,
            "root": str(self.root),
            "run": run,
            "manifests": str(self.manifests) if self.manifests else None,
            "exit_code": exit_code(self.error) if self.error else ExitCode.OK,
            "errors": _errors(self.error),
            "seconds": round(self.table.clock() - self.table.began, 3),
            "expected_seconds": None if total is None else round(total, 1),
            "needed_bytes": self.needed_bytes,
            "steps": [
                _entry(step, row, self.table, self.results.get(step), self.error)
                for step, row in zip(self.steps, self.table.rows, strict=True)
            ],
            "report": str(page) if page and page.is_file() else None,
        }
        return json.dumps(document, indent=1) + "\n"
