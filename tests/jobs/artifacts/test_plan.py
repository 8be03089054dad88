"""Plans: an artifact that exists is not made again, a new one is published; the outcome says so."""

from pathlib import Path

import pytest

from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.plan import (
    AnyPlan,
    ArtifactPlan,
    NothingToMake,
    Outcome,
    PlanChain,
    Result,
    carry_out,
    settled,
)
from jobs.artifacts.publish import Draft, publish, workspace
from jobs.common.errors import ConfigError, DataError
from jobs.common.progress import Watch, silent
from tests.jobs.artifacts.artifacts import OTHER, RECIPE, fill


class Filler:
    """Fills drafts, and counts them."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, draft: Draft, watch: Watch) -> None:
        self.calls += 1
        fill(draft.folder)


def outcomes(plan: AnyPlan) -> list[Outcome]:
    """What comes of carrying out a plan."""
    return [result.outcome for result in carry_out(plan, silent)]


def test_an_artifact_is_made_once(tmp_path: Path):
    """The first call makes it, the second finds it."""
    filler = Filler()
    plan = ArtifactPlan(tmp_path / "features", RECIPE, filler)
    assert settled(plan) is None
    assert carry_out(plan, silent) == [Result(Outcome.MADE, plan.target)]
    assert carry_out(plan, silent) == [settled(plan)] == [Result(Outcome.UP_TO_DATE, plan.target)]
    assert str(settled(plan)) == f"{tmp_path}/features: up to date"
    assert filler.calls == 1
    assert read_manifest(plan.target).key == RECIPE.key  # type: ignore[union-attr]


def test_what_is_not_needed_is_not_made():
    """The outcome of a stage that the study does not need, and why."""
    plan = NothingToMake("float32 needs no engine")
    assert outcomes(plan) == [Outcome.NOT_NEEDED]
    assert str(settled(plan)) == "not needed: float32 needs no engine"


def test_another_recipe_is_refused_with_the_remedy(tmp_path: Path):
    """Exit 78, with what this stage's user can do."""
    carry_out(ArtifactPlan(tmp_path / "fold0", RECIPE, Filler()), silent)
    with pytest.raises(ConfigError, match="name a new run with --run"):
        settled(ArtifactPlan(tmp_path / "fold0", OTHER, Filler(), "name a new run with --run"))


def test_an_artifact_that_exists_is_checked(tmp_path: Path):
    """An artifact that is intact may still not have what the study needs."""

    def refuse() -> None:
        raise DataError("it ends with mixed2")

    plan = ArtifactPlan(tmp_path / "weights", RECIPE, Filler(), check=refuse)
    assert outcomes(plan) == [Outcome.MADE]
    with pytest.raises(DataError, match="mixed2"):
        carry_out(plan, silent)


def test_a_workspace_survives_a_stop(tmp_path: Path):
    """Files that were finished before the stop are in the artifact."""

    def stop(draft: Draft, watch: Watch) -> None:
        (draft.folder / "first.npy").touch()
        raise KeyboardInterrupt

    target = tmp_path / "features"
    with pytest.raises(KeyboardInterrupt):
        carry_out(ArtifactPlan(target, RECIPE, stop, in_workspace=True), silent)
    assert not target.exists()
    assert carry_out(ArtifactPlan(target, RECIPE, Filler(), in_workspace=True), silent)
    assert (target / "first.npy").exists() and (target / "features.npy").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["features"]


def test_a_worker_accepts_the_artifact_of_another(tmp_path: Path):
    """If another worker publishes the workspace meanwhile, this one has nothing left to do."""
    target = tmp_path / "features"

    def overtaken(draft: Draft, watch: Watch) -> None:
        carry_out(ArtifactPlan(target, RECIPE, Filler(), in_workspace=True), silent)
        (draft.folder / "late.npy").touch()  # the folder is gone

    plan = ArtifactPlan(target, RECIPE, overtaken, in_workspace=True)
    assert outcomes(plan) == [Outcome.NOTHING_LEFT]
    assert not (target / "late.npy").exists()


def test_a_leftover_workspace_is_removed(tmp_path: Path):
    """It is left by a call that was killed after publishing."""
    plan = ArtifactPlan(tmp_path / "fold0", RECIPE, Filler())
    with publish(plan.target, RECIPE) as draft:
        fill(draft.folder)
    workspace(plan.target, RECIPE)
    assert settled(plan) == Result(Outcome.UP_TO_DATE, plan.target)
    assert [path.name for path in tmp_path.iterdir()] == ["fold0"]


def test_a_chain_draws_up_each_plan_after_the_one_before(tmp_path: Path):
    """A plan may read what those before it make; each has its own outcome."""
    first = ArtifactPlan(tmp_path / "first", RECIPE, Filler())

    def second() -> ArtifactPlan:
        assert (tmp_path / "first" / "features.npy").exists()
        return ArtifactPlan(tmp_path / "second", OTHER, Filler())

    chain = PlanChain((lambda: NothingToMake("no"), lambda: first, second))
    assert settled(chain) is None
    assert outcomes(chain) == [Outcome.NOT_NEEDED, Outcome.MADE, Outcome.MADE]
    assert settled(chain) == Result(Outcome.UP_TO_DATE, tmp_path / "second")
    (tmp_path / "second" / "manifest.json").unlink()
    assert settled(chain) is None
