"""Publishing an artifact, also while others write the same one, or when a writer is killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobs.artifacts.layout import Location
from jobs.artifacts.manifest import MANIFEST, read_manifest, require
from jobs.artifacts.publish import publish, publish_workspace, up_to_date, workspace
from jobs.artifacts.recipe import Recipe
from jobs.common.atomic_write import remove_leftovers
from jobs.common.errors import ConfigError, DataError, ExitCode, MissingInputError, StoppedError
from tests.jobs.artifacts.artifacts import OTHER, RECIPE, fill, publish_example, visible

KILLED = """
import sys, time
from pathlib import Path
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
with publish(Path(sys.argv[1]), Recipe("embed", {}, {})) as draft:
    (draft.folder / "half.npy").write_bytes(bytes(1000))
    print("writing", flush=True)
    time.sleep(600)
"""

KILLED_ANYWHERE = """
import itertools, sys
from pathlib import Path
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
for number in itertools.count():
    with publish(Path(sys.argv[1]) / str(number), Recipe("embed", {}, {"number": number})) as draft:
        for name in "abc":
            (draft.folder / name).write_bytes(bytes(30_000))
    print(number, flush=True)
"""

TWO = """
import os, sys
from pathlib import Path
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
with publish(Path(sys.argv[1]), Recipe("embed", {}, {})) as draft:
    for name in "ab":
        (draft.folder / name).write_text(str(os.getpid()))
    print("written", flush=True)
    sys.stdin.readline()
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Starts a Python process, and returns when it has written its first line to stdout."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout
    process.stdout.readline()
    return process


def test_the_content_of_a_manifest(tmp_path: Path):
    """Recipe, files with size and sha256, versions, determinism, device, threads, time, memory."""
    folder = tmp_path / "artifact"
    with publish(folder, RECIPE) as draft:
        fill(draft.folder)
        draft.device = "GPU"
        draft.determinism["onednn"] = True
        draft.notes["left_out"] = []
    manifest = read_manifest(folder)
    assert manifest
    assert (manifest.stage, manifest.key, manifest.format) == ("embed", RECIPE.key, 1)
    assert (manifest.inputs, manifest.configuration) == (RECIPE.inputs, RECIPE.configuration)
    assert manifest.files == {
        "features.npy": {
            "size": 200,
            "sha256": "1901da1c9f699b48f6b2636e65cbf73abf99d0441ef67f5c540a42f7051dec6f",
        },
        "inner/history.csv": {
            "size": 16,
            "sha256": "33043929b373d480ae065750ae9c1afe7b8ce4d01c09a36bf486b99986fa2256",
        },
    }
    assert {"python", "mammo", "numpy"} <= set(manifest.versions)
    assert (manifest.device, manifest.determinism) == ("GPU", {"onednn": True})
    assert manifest.notes == {"left_out": []}
    assert manifest.threads >= 1
    assert manifest.seconds >= 0
    assert manifest.peak_memory > 1_000_000
    assert str(tmp_path) not in (folder / MANIFEST).read_text()


def test_nothing_is_visible_before_the_end(tmp_path: Path):
    """While it is written, there is no folder of the final name, and no other visible one."""
    with publish(tmp_path / "artifact", RECIPE) as draft:
        fill(draft.folder)
        assert visible(tmp_path) == []
        assert not up_to_date(tmp_path / "artifact", RECIPE, "")
    assert visible(tmp_path) == ["artifact"]
    assert [path.name for path in tmp_path.iterdir()] == ["artifact"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, StoppedError, SystemExit])
def test_an_exception_leaves_nothing(tmp_path: Path, error: type[BaseException]):
    """Whatever stops a writer, nothing of what it wrote stays."""
    with pytest.raises(error), publish(tmp_path / "artifact", RECIPE) as draft:
        fill(draft.folder)
        raise error
    assert list(tmp_path.iterdir()) == []


def test_a_killed_writer_leaves_nothing_that_looks_finished(tmp_path: Path):
    """After kill -9 the artifact is missing, and the next writer removes what was left."""
    folder = tmp_path / "artifact"
    writer = start(KILLED, folder)
    writer.kill()
    writer.communicate()
    (leftover,) = tmp_path.iterdir()
    assert leftover.name.startswith(".artifact.")
    with pytest.raises(MissingInputError):
        require(Location(folder, "mammo embed"))
    publish_example(tmp_path / "another")
    assert [path.name for path in tmp_path.iterdir()] == ["another"]


def test_what_a_killed_writer_finished_is_intact(tmp_path: Path):
    """Whenever the kill comes, an artifact with its final name is complete."""
    writer = start(KILLED_ANYWHERE, tmp_path)
    assert writer.stdout
    for _ in range(8):
        writer.stdout.readline()
    writer.kill()
    writer.communicate()
    names = visible(tmp_path)
    assert len(names) >= 9
    for name in names:
        assert set(require(Location(tmp_path / name, "")).files) == {"a", "b", "c"}


def test_two_writers_of_one_recipe_both_succeed(tmp_path: Path):
    """If two processes publish at once, one wins, and the other accepts its artifact."""
    folder = tmp_path / "artifact"
    writers = [start(TWO, folder) for _ in range(2)]
    for writer in writers:  # both have written; neither has published
        _, errors = writer.communicate("\n")
        assert (writer.returncode, errors) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["artifact"]
    require(Location(folder, ""))
    winner = (folder / "a").read_text()
    assert winner == (folder / "b").read_text()
    assert winner in [str(writer.pid) for writer in writers]


def test_another_recipe_in_the_same_folder_is_refused(tmp_path: Path):
    """The artifact stays; the error names what differs, and the remedy."""
    folder = publish_example(tmp_path / "artifact")
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(ConfigError) as caught, publish(folder, OTHER, "name another --root"):
        pass
    message = str(caught.value)
    for part in (str(folder), "(seed: 20 -> 21)", "name another --root"):
        assert part in message
    assert (folder / MANIFEST).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["artifact"]


def test_a_folder_that_mammo_did_not_write_is_not_overwritten(tmp_path: Path):
    """If a folder without a manifest has the name, the error names it and says what to do."""
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "holiday.jpg").touch()
    with pytest.raises(DataError, match="artifact was not written by mammo: remove it"):
        publish_example(folder)
    assert [path.name for path in folder.iterdir()] == ["holiday.jpg"]


def test_an_empty_folder_may_exist_already(tmp_path: Path):
    """It is replaced by the artifact."""
    (tmp_path / "artifact").mkdir()
    require(Location(publish_example(tmp_path / "artifact"), ""))


def test_an_intact_artifact_is_required_and_up_to_date(tmp_path: Path):
    """With the same key and intact files there is nothing to do."""
    folder = publish_example(tmp_path / "artifact")
    assert require(Location(folder, "")).key == RECIPE.key
    assert up_to_date(folder, RECIPE, "")


def test_another_configuration_is_not_up_to_date(tmp_path: Path):
    """Exit 78, naming what differs, and the remedy."""
    folder = publish_example(tmp_path / "artifact")
    with pytest.raises(ConfigError) as caught:
        up_to_date(folder, OTHER, "name a new run with --run")
    for part in (str(folder), "(seed: 20 -> 21)", "name a new run with --run"):
        assert part in str(caught.value)
    assert caught.value.exit_code is ExitCode.CONFIG == 78


def test_other_inputs_are_named(tmp_path: Path):
    """An input whose key is another, and a format that the program has changed; no hash is told."""
    folder = publish_example(tmp_path / "artifact")
    other = Recipe("embed", {"dataset": "cd" * 32}, RECIPE.configuration, format=2)
    with pytest.raises(ConfigError, match=r"other inputs \(another dataset, format: 1 -> 2\); re"):
        up_to_date(folder, other)


def test_unfinished_work_is_kept_by_key(tmp_path: Path):
    """A stopped stage finds its files again, another recipe does not, and nobody removes them."""
    folder = workspace(tmp_path / "features", RECIPE)
    (folder / "20586908.npy").touch()
    remove_leftovers(tmp_path)
    assert [path.name for path in workspace(tmp_path / "features", RECIPE).iterdir()]
    assert workspace(tmp_path / "features", OTHER) != folder
    assert visible(tmp_path) == []


def test_half_written_files_of_others_are_not_published(tmp_path: Path):
    """A file that another worker is about to rename is neither in the manifest nor kept."""
    work, folder = workspace(tmp_path / "features", RECIPE), tmp_path / "features"
    with publish_workspace(folder, RECIPE):
        (work / "20586908.npy").touch()
        (work / ".20586934.npy.writing-x").touch()
    assert sorted(path.name for path in folder.iterdir()) == ["20586908.npy", MANIFEST]
