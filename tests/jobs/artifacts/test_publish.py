"""Keys, manifests, publish, require, claims: what holds when others write, or a writer dies."""

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jobs.artifacts.publish import (
    MANIFEST,
    Recipe,
    canonical_json,
    claim_run,
    publish,
    read_manifest,
    require,
    up_to_date,
    workspace,
)
from jobs.common.atomic_write import remove_leftovers
from jobs.common.errors import ConfigError, DataError, ExitCode, MissingInputError, StoppedError

RECIPE = Recipe("embed", {"dataset": "ab" * 32}, {"seed": 20, "views": {"size": [299, 299]}})
OTHER = Recipe("embed", {"dataset": "ab" * 32}, {"seed": 21, "views": {"size": [299, 299]}})

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
leaves = leaves.filter(lambda value: value not in (float("inf"), -float("inf")))
configurations = st.dictionaries(
    st.text(),
    st.recursive(
        leaves, lambda of: st.lists(of, max_size=4) | st.dictionaries(st.text(), of, max_size=4)
    ),
    max_size=4,
)


def shuffled(value: object, order: random.Random) -> object:
    """The same value, the keys of its dicts in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(one, order)) for key, one in value.items()]
        return dict(order.sample(items, len(items)))
    return [shuffled(one, order) for one in value] if isinstance(value, list) else value


def leaves_of(value: object, way: tuple = ()) -> list[tuple]:
    """The ways to all values in it that are no dict or list."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, one in inner for leaf in leaves_of(one, (*way, key))]
    return [way]


def fill(folder: Path) -> None:
    (folder / "inner").mkdir()
    (folder / "features.npy").write_bytes(bytes(range(200)))
    (folder / "inner" / "history.csv").write_text("step,loss\n1,0.7\n")


def published(folder: Path, recipe: Recipe = RECIPE) -> Path:
    with publish(folder, recipe) as draft:
        fill(draft.folder)
    return folder


def visible(parent: Path) -> list[str]:
    return sorted(path.name for path in parent.iterdir() if not path.name.startswith("."))


def begun(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Python in a process of its own, that has come as far as its first line on stdout."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout
    process.stdout.readline()
    return process


# Keys


@given(configurations, st.randoms())
def test_the_order_of_keys_does_not_matter(configuration: dict, order: random.Random):
    """A key is a function of content, not of the order in which it was written down."""
    other = shuffled(configuration, order)
    assert Recipe("a", {}, configuration).key == Recipe("a", {}, other).key  # type: ignore[arg-type]


@given(configurations, leaves, st.data())
def test_any_changed_value_changes_the_key(configuration: dict, value: object, data: st.DataObject):
    """No value of a configuration, however deep, can change without the key."""
    before = canonical_json(configuration)
    ways = leaves_of(configuration)
    assume(ways)
    *way, last = data.draw(st.sampled_from(ways))
    place = configuration
    for key in way:
        place = place[key]
    assume((place[last], type(place[last])) != (value, type(value)))
    recipe = Recipe("a", {}, json.loads(before))
    place[last] = value
    assert Recipe("a", {}, configuration).key != recipe.key


@pytest.mark.parametrize(
    "other",
    [
        Recipe("train", RECIPE.inputs, RECIPE.configuration),
        Recipe("embed", {"dataset": "ac" * 32}, RECIPE.configuration),
        Recipe("embed", {"data": "ab" * 32}, RECIPE.configuration),
        Recipe("embed", RECIPE.inputs, RECIPE.configuration, format=2),
        OTHER,
    ],
)
def test_all_parts_of_a_recipe_count(other: Recipe):
    """Stage, inputs, configuration and format determine the key."""
    assert other.key != RECIPE.key


def test_a_known_key():
    """The key of one recipe, by hand: sha256sum of its canonical JSON, for ever."""
    recipe = Recipe("weights", {}, {"source": "random", "seed": 20})
    text = (
        '{"configuration":{"seed":20,"source":"random"},"format":1,"inputs":{},"stage":"weights"}'
    )
    assert (
        canonical_json(
            {"stage": "weights", "inputs": {}, "format": 1, "configuration": recipe.configuration}
        )
        == text
    )
    assert recipe.key == "305dc65e5503b25873c7b9e91624c4ebcabce395daecb4cb6e9861d2d352ea56"


# Publish


def test_what_a_manifest_says(tmp_path: Path):
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
    """While it is written there is no folder of the final name, nor any other to be seen."""
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


KILLED = """
import sys, time
from pathlib import Path
from jobs.artifacts.publish import Recipe, publish
with publish(Path(sys.argv[1]), Recipe("embed", {}, {})) as draft:
    (draft.folder / "half.npy").write_bytes(bytes(1000))
    print("writing", flush=True)
    time.sleep(600)
"""


def test_a_killed_writer_leaves_nothing_that_looks_finished(tmp_path: Path):
    """After kill -9 the artifact is missing, and the next writer clears up what lies about."""
    folder = tmp_path / "artifact"
    writer = begun(KILLED, folder)
    writer.kill()
    writer.communicate()
    (leftover,) = tmp_path.iterdir()
    assert leftover.name.startswith(".artifact.")
    with pytest.raises(MissingInputError):
        require(folder, "mammo embed")
    published(tmp_path / "another")
    assert [path.name for path in tmp_path.iterdir()] == ["another"]


KILLED_ANYWHERE = """
import itertools, sys
from pathlib import Path
from jobs.artifacts.publish import Recipe, publish
for number in itertools.count():
    with publish(Path(sys.argv[1]) / str(number), Recipe("embed", {}, {"number": number})) as draft:
        for name in "abc":
            (draft.folder / name).write_bytes(bytes(30_000))
    print(number, flush=True)
"""


def test_what_a_killed_writer_finished_is_intact(tmp_path: Path):
    """Whenever the kill comes: what has a final name is whole."""
    writer = begun(KILLED_ANYWHERE, tmp_path)
    assert writer.stdout
    for _ in range(8):
        writer.stdout.readline()
    writer.kill()
    writer.communicate()
    names = visible(tmp_path)
    assert len(names) >= 9
    for name in names:
        assert set(require(tmp_path / name, "").files) == {"a", "b", "c"}


TWO = """
import os, sys
from pathlib import Path
from jobs.artifacts.publish import Recipe, publish
with publish(Path(sys.argv[1]), Recipe("embed", {}, {})) as draft:
    for name in "ab":
        (draft.folder / name).write_text(str(os.getpid()))
    print("written", flush=True)
    sys.stdin.readline()
"""


def test_two_writers_of_one_key_are_both_content(tmp_path: Path):
    """Two processes publish the same recipe at once: one wins, the other finds it; none fails."""
    folder = tmp_path / "artifact"
    writers = [begun(TWO, folder) for _ in range(2)]
    for writer in writers:  # both have written; neither has published
        _, errors = writer.communicate("\n")
        assert (writer.returncode, errors) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["artifact"]
    require(folder, "")
    winner = (folder / "a").read_text()
    assert winner == (folder / "b").read_text()
    assert winner in [str(writer.pid) for writer in writers]


def test_another_recipe_in_the_same_place_is_refused(tmp_path: Path):
    """What is there stays; the error names both keys and the way out."""
    folder = published(tmp_path / "artifact")
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(ConfigError) as caught, publish(folder, OTHER, "name another --root"):
        pass
    message = str(caught.value)
    for part in (str(folder), RECIPE.key[:12], OTHER.key[:12], "name another --root"):
        assert part in message
    assert (folder / MANIFEST).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["artifact"]


def test_a_folder_of_somebody_else_is_not_overwritten(tmp_path: Path):
    """Where a folder without a manifest lies, publishing it is an error that names it."""
    folder = tmp_path / "artifact"
    folder.mkdir()
    (folder / "holiday.jpg").touch()
    with pytest.raises(DataError, match="artifact is no artifact of ours: remove it"):
        published(folder)
    assert [path.name for path in folder.iterdir()] == ["holiday.jpg"]


def test_an_empty_folder_is_no_obstacle(tmp_path: Path):
    """A folder that somebody made beforehand is filled."""
    (tmp_path / "artifact").mkdir()
    require(published(tmp_path / "artifact"), "")


# Require, and again


def test_a_missing_artifact_names_the_command(tmp_path: Path):
    """Exit 69: what is missing, and the command that makes it."""
    with pytest.raises(MissingInputError) as caught:
        require(tmp_path / "features", "mammo embed --root ROOT")
    assert str(caught.value) == f"{tmp_path}/features is missing: run mammo embed --root ROOT"
    assert caught.value.exit_code is ExitCode.MISSING_INPUT == 69


def test_an_artifact_below_a_file_is_missing(tmp_path: Path):
    """A root that is a file holds no artifacts."""
    (tmp_path / "file").touch()
    with pytest.raises(MissingInputError):
        require(tmp_path / "file" / "features", "mammo embed")


def test_an_intact_artifact_is_required_and_up_to_date(tmp_path: Path):
    """The same key and intact: its manifest, and nothing to do."""
    folder = published(tmp_path / "artifact")
    assert require(folder, "").key == RECIPE.key
    assert up_to_date(folder, RECIPE, "")


def test_another_configuration_is_not_up_to_date(tmp_path: Path):
    """Exit 78, naming both keys and the way out."""
    folder = published(tmp_path / "artifact")
    with pytest.raises(ConfigError) as caught:
        up_to_date(folder, OTHER, "name a new run with --run")
    for part in (str(folder), RECIPE.key[:12], OTHER.key[:12], "name a new run with --run"):
        assert part in str(caught.value)
    assert caught.value.exit_code is ExitCode.CONFIG == 78


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def into_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("name", ["features.npy", "inner/history.csv"])
@pytest.mark.parametrize("spoil", [change, truncate, Path.unlink, into_folder])
def test_a_damaged_file_is_named(tmp_path: Path, name: str, spoil: Callable[[Path], object]):
    """Exit 65: a changed, cut or missing file is named, with what to do."""
    folder = published(tmp_path / "artifact")
    spoil(folder / name)
    for ask in (lambda: require(folder, ""), lambda: up_to_date(folder, RECIPE, "")):
        with pytest.raises(DataError) as caught:
            ask()
        assert str(folder / name) in str(caught.value)
        assert f"remove {folder}, run again" in str(caught.value)
        assert caught.value.exit_code is ExitCode.DATA == 65


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"stage": "embed"}', b"\xff\xfe\x00"]
)
def test_a_damaged_manifest_is_named(tmp_path: Path, content: bytes):
    """A manifest that is cut, of another form or no text at all is damage, not a crash."""
    folder = published(tmp_path / "artifact")
    (folder / MANIFEST).write_bytes(content)
    with pytest.raises(DataError, match=r"manifest\.json is not a manifest"):
        require(folder, "")


@pytest.mark.parametrize("name", ["inputs", "files", "versions", "determinism"])
def test_a_manifest_of_odd_values_is_damaged(tmp_path: Path, name: str):
    """Where a mapping is none, that is said here, and no crash of whoever reads it."""
    path = published(tmp_path / "artifact") / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), name: None}))
    with pytest.raises(DataError, match=r"manifest\.json is not a manifest"):
        read_manifest(path.parent)


# Unfinished work, and runs


def test_what_rests_is_hashed_once_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stages in one process verify a large artifact once; whoever touches it is found out."""
    folder = published(tmp_path / "artifact")
    for path in folder.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setattr(
        "jobs.artifacts.publish._RESTING_NS", -1
    )  # a change of times is new by itself
    require(folder, "mammo embed")
    read = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *given: read.append(1) or digest(*given))
    require(folder, "mammo embed")
    assert not read
    file = folder / "features.npy"
    file.write_bytes(bytes(200))
    os.utime(file, (1, 1))
    with pytest.raises(DataError, match=r"features\.npy is not what was written"):
        require(folder, "mammo embed")


def test_unfinished_work_is_kept_by_key(tmp_path: Path):
    """A stopped stage finds its work again, one of another key does not, and no one removes it."""
    place = workspace(tmp_path / "features", RECIPE)
    (place / "20586908.npy").touch()
    remove_leftovers(tmp_path)
    assert [path.name for path in workspace(tmp_path / "features", RECIPE).iterdir()]
    assert workspace(tmp_path / "features", OTHER) != place
    assert visible(tmp_path) == []


def test_what_others_were_writing_is_no_part_of_an_artifact(tmp_path: Path):
    """A file that another worker is about to rename does not come along, and its name is free."""
    place, folder = workspace(tmp_path / "features", RECIPE), tmp_path / "features"
    with publish(folder, RECIPE, work=place):
        (place / "20586908.npy").touch()
        (place / ".20586934.npy.writing-x").touch()
    assert sorted(path.name for path in folder.iterdir()) == ["20586908.npy", MANIFEST]


def test_a_run_is_claimed_once(tmp_path: Path):
    """The first stage writes study.yaml; the next of the same configuration finds it."""
    folder = claim_run(tmp_path, "first", "seed: 20\n")
    assert folder == tmp_path / "runs" / "first"
    assert [path.name for path in folder.iterdir()] == ["study.yaml"]
    (folder / "fold0").mkdir()
    assert claim_run(tmp_path, "first", "seed: 20\n") == folder
    assert (folder / "study.yaml").read_text() == "seed: 20\n"
    assert visible(tmp_path / "runs") == ["first"]
    assert len(list((tmp_path / "runs").iterdir())) == 1


def test_a_run_of_another_configuration_is_refused(tmp_path: Path):
    """Exit 78, naming the run, both keys and the way out; the run stays as it is."""
    claim_run(tmp_path, "first", "seed: 20\n")
    with pytest.raises(ConfigError) as caught:
        claim_run(tmp_path, "first", "seed: 21\n")
    # sha256sum of the two texts
    for part in ("runs/first/study.yaml", "4153ede53289", "fb4534d91e9b", "--run"):
        assert part in str(caught.value), part
    assert caught.value.exit_code is ExitCode.CONFIG == 78
    assert (tmp_path / "runs/first/study.yaml").read_text() == "seed: 20\n"


def test_a_folder_without_a_study_is_no_run(tmp_path: Path):
    """A folder in the run's place, with something in it but no study.yaml, is an error."""
    (tmp_path / "runs/first/fold0").mkdir(parents=True)
    with pytest.raises(DataError, match=r"study\.yaml is missing: .* name another --run"):
        claim_run(tmp_path, "first", "seed: 20\n")


def test_concurrent_claims(tmp_path: Path):
    """Many claim one run at once: one text wins, whole, and exactly those with another fail."""
    together = Barrier(8)

    def claim(number: int) -> bool:
        together.wait()
        try:
            claim_run(tmp_path, "first", f"seed: {number % 2}\n" * 1000)
        except ConfigError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, range(8)))
    winner = won.index(True) % 2
    assert won == [number % 2 == winner for number in range(8)]
    assert (tmp_path / "runs/first/study.yaml").read_text() == f"seed: {winner}\n" * 1000
    assert len(list((tmp_path / "runs").iterdir())) == 1
