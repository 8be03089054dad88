"""Stages that only pretend, for tests of `mammo study`."""

import argparse
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from jobs.artifacts.layout import Root
from jobs.artifacts.plan import NothingToMake, Outcome
from jobs.artifacts.run import claim_run
from jobs.common.errors import MissingInputError
from jobs.common.progress import Watch
from jobs.config.study import load_study
from tests.jobs.local.pool_steps import InProcessPool

AUC = {"figures": {"auc": {"value": 0.75, "low": 0.7, "high": 0.8, "skipped": 0, "reason": None}}}
LEVEL = {"out_of_fold": {"mean": AUC, "pooled": AUC}, "test": {"mean": AUC, "all": AUC}}
METRICS = {
    "bootstrap": {"confidence": 0.95},
    "levels": dict.fromkeys(("image", "breast", "patient"), LEVEL),
    "cautions": [],
}


class Stages:
    """Stages that publish what the real ones do, and note how they were called."""

    def __init__(self) -> None:
        self.calls: list[argparse.Namespace] = []
        self.environment: dict[str, str] = {}
        self.spoil: dict[str, BaseException] = {}
        self.foreseen: dict[str, Exception] = {}

    @property
    def commands(self) -> list[str]:
        """The commands that were called, with the fold where there is one."""
        return [name_of(call) for call in self.calls]

    def foresee(self, options: argparse.Namespace) -> None:
        """Raises what a test has set for the step."""
        if error := self.foreseen.get(name_of(options)):
            raise error

    def plan(self, options: argparse.Namespace, watch: Watch) -> "PretendedPlan | NothingToMake":
        """What the real stage would make; of the engine of float32, nothing."""
        if options.command == "engine":
            return NothingToMake("float32 needs no engine")
        target, needs = PLACES[options.command](options)
        for need in needs:
            if not need.exists():
                raise MissingInputError(f"{need} is missing")
        return PretendedPlan(target, options, self)


@dataclass
class PretendedPlan:
    """Makes the command's artifact."""

    target: Path
    options: argparse.Namespace
    stages: Stages

    def is_made(self) -> bool:
        return self.target.exists()

    def make(self, watch: Watch) -> Outcome:
        options = self.options
        self.stages.calls.append(options)
        self.stages.environment = dict(os.environ)
        if error := self.stages.spoil.get(name_of(options)):
            raise error
        watch(f"{options.command}: things", 1, 2)
        if options.command == "train":
            claim_run(Root(options.root).run(options.run), load_study(options.config))
        if self.target.suffix == ".html":
            self.target.write_text("<html>")
            return Outcome.MADE
        self.target.mkdir(parents=True)
        (self.target / "metrics.json").write_text(json.dumps(METRICS))
        (self.target / "INbreast.csv").write_text("")
        return Outcome.MADE


def name_of(call: argparse.Namespace) -> str:
    fold = getattr(call, "fold", None)
    return call.command if fold is None else f"{call.command} {fold}"


def model(options: argparse.Namespace) -> str:
    return "all" if options.all else f"fold{options.fold}"


PLACES: dict[str, Callable[[argparse.Namespace], tuple[Path, list[Path]]]] = {
    "phantom": lambda o: (o.out, []),
    "weights": lambda o: (o.root / "weights" / "w", []),
    "prepare": lambda o: (
        o.root / "dataset" / "inbreast" / "1.0.0",
        [next(o.release.rglob("INbreast.csv"), o.release / "INbreast.csv")],
    ),
    "embed": lambda o: (
        o.root / "features" / "f",
        [o.root / "weights" / "w", o.root / "dataset" / "inbreast" / "1.0.0"],
    ),
    "train": lambda o: (o.root / "runs" / o.run / model(o), [o.root / "features" / "f"]),
    "evaluate": lambda o: (
        o.root / "runs" / o.run / "evaluation",
        [o.root / "runs" / o.run / "all"],
    ),
    "report": lambda o: (
        o.root / "runs" / o.run / "report.html",
        [o.root / "runs" / o.run / "evaluation"],
    ),
}
FOLDS = [f"train {k}" for k in range(5)]
MADE = ["phantom", "weights", "prepare", "embed"]
STEPS = 14  # those that make something, the engine, and the second worker of the embedding
ALL = [*MADE, *FOLDS, "train", "evaluate", "report"]


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Stages:
    """Has all stages that Jobs call pretend; the working folder is `folder`."""
    pretended = Stages()
    for command in ("engine", *PLACES):
        monkeypatch.setattr(f"jobs.stages.{command}.plan", pretended.plan)
        foresee = pretended.foresee
        monkeypatch.setattr(f"jobs.stages.{command}.foresee", foresee, raising=False)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    # Other processes would call real stages.
    monkeypatch.setattr("jobs.local.runner.ProcessPool", InProcessPool)
    monkeypatch.chdir(folder)
    return pretended


def states(err: str) -> dict[str, str]:
    """Each step's last word, without its time, from the lines on stderr."""
    lines = [line.split(": ", 1) for line in err.splitlines() if ": " in line]
    return {name: words.split(",")[0] for name, words in lines}
