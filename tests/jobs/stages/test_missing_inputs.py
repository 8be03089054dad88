"""Inputs that do not exist yet: exit 69, at once or after --wait, by a process that stays small."""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jobs import cli
from jobs.artifacts.layout import Root
from jobs.artifacts.run import claim_run
from jobs.common.errors import ExitCode, MissingInputError
from jobs.common.progress import silent
from jobs.config.study import load_study
from tests.releases import make_rows, write_release

STUDY = """
data: {folds: 2, test: 0.25}
views: {size: [80, 75]}
head: {pool: 1}
"""
STUDIES = {
    "stored": STUDY,
    "int8": STUDY + "model: {precision: int8}",
    "auto": STUDY + "model: {precision: auto}",
    "live": STUDY + "train: {live: true}",
}
HEAVY = ("tensorflow", "keras", "tensorflow_datasets", "nvidia", "sklearn", "scipy", "matplotlib")
HEAVY += ("openvino", "pydicom", "PIL", "jinja2")
CALL = f"""
import sys
from jobs import cli
code = cli.main(sys.argv[1:])
print(code, *set({HEAVY}) & set(sys.modules))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with the four studies, and nothing else."""
    folder = tmp_path_factory.mktemp("root")
    for name, text in STUDIES.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture(scope="module")
def prepared(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with a dataset, too."""
    folder = tmp_path_factory.mktemp("prepared")
    release = write_release(folder / "release", make_rows(patients=12, sick=6))
    for name, text in STUDIES.items():
        (folder / f"{name}.yaml").write_text(text)
    line = f"prepare --root {folder} --config {folder}/stored.yaml --release {release}"
    options, stage = cli.parse(line.split())
    cli.call(stage, options, silent)
    return folder


def missing_command(line: str, root: Path) -> str:
    """The command that an error names, in a process that ends with 69 and has imported little."""
    command, _, study = line.partition(" of ")
    config = ["--config", f"{root}/{study}.yaml"] if study else []
    done = subprocess.run(
        [sys.executable, "-c", CALL, *command.split(), "--root", str(root), *config],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(ExitCode.MISSING_INPUT.value)]
    missing, _, command = done.stderr.rpartition(" is missing: run mammo ")
    assert missing.startswith(f"mammo: {root}/") and missing.count("\n") == 0
    return command.split()[0]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("engine of int8", "prepare"),
        ("engine of auto", "prepare"),
        ("embed of stored", "prepare"),
        ("train --run a --fold 0 of stored", "prepare"),
        ("train --run a --all of live", "prepare"),
        ("train --run a --all --peers a:1 b:1 --peer 1 of stored", "prepare"),
        ("evaluate --run a", "train"),
        ("report --run a", "train"),
    ],
)
def test_without_any_artifact_the_first_is_named(root: Path, line: str, command: str):
    """Exit 69 with the command that makes it; no library that is slow to import was imported."""
    assert missing_command(line, root) == command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("engine of int8", "weights"),
        ("engine of auto", "weights"),
        ("embed of stored", "weights"),
        ("embed of int8", "weights"),
        ("train --run a --fold 0 of stored", "embed"),
        ("train --run a --fold 0 of int8", "engine"),
        ("train --run a --fold 0 --embed of stored", "weights"),
        ("train --run a --all of live", "weights"),
        ("train --run a --all --peers a:1 b:1 --peer 1 of live", "weights"),
    ],
)
def test_with_a_dataset_alone_the_next_is_named(prepared: Path, line: str, command: str):
    """The same, and the gigabytes of the dataset are not read for it."""
    hidden = [path.rename(f"{path}.away") for path in prepared.glob("dataset/*/*/*array_record*")]
    try:
        assert hidden
        assert missing_command(line, prepared) == command
    finally:
        for path in hidden:
            path.rename(str(path).removesuffix(".away"))


@contextlib.contextmanager
def waiting(line: str, root: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that runs as in a pod, and has said what it waits for."""
    command, _, study = line.partition(" of ")
    config = ["--config", f"{root}/{study}.yaml"] if study else []
    process = [sys.executable, "-c", "from jobs.cli import process; process()"]
    with subprocess.Popen(
        [*process, *command.split(), "--root", str(root), *config],
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stderr and "mammo: waiting up to " in started.stderr.readline()
            yield started
        finally:
            started.terminate()


@pytest.mark.parametrize(
    "line",
    [
        "prepare --release nowhere --wait 600 of stored",
        "engine --wait 600 of auto",
        "embed --wait 600 of int8",
        "train --run a --fold 0 --wait 600 of stored",
        "train --run a --all --peers a:1 b:1 --worker 1 --wait 600 of live",
        "train --run a --fold 0 --embed --wait 600 of stored",
        "evaluate --run a --wait 600",
        "report --run a --wait 600",
    ],
)
def test_a_process_that_waits_is_small(prepared: Path, line: str):
    """Below 80 MB resident, and it ends with 75 when it is told to stop."""
    with waiting(line, prepared) as process:
        supervisor = psutil.Process(process.pid)
        (worker,) = supervisor.children(recursive=True)
        # What the supervisor has not in common with the worker, which it was before it forked.
        assert worker.memory_info().rss + supervisor.memory_full_info().uss < 80e6
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == ExitCode.STOPPED


@pytest.mark.parametrize("more", ["", "--embed"])
@pytest.mark.parametrize(
    ("run", "key", "says"),
    [
        ("new", "head.pool=9", "head.pool must fit into the features, which are 1 x 1"),
        ("begun", "train.epochs=3", "another configuration (train.epochs: 20 -> 3)"),
    ],
)
def test_a_wrong_configuration_is_not_waited_with(
    root: Path, capsys: pytest.CaptureFixture[str], run: str, key: str, says: str, more: str
):
    """Exit 78 at once, before any input is there: waiting mends no study.yaml."""
    claim_run(Root(root).run("begun"), load_study(root / "stored.yaml"))
    given = ["--root", str(root), "--config", f"{root}/stored.yaml", "--run", run, "--set", key]
    line = f"train --fold 0 --wait 600 {more}"
    assert cli.main([*line.split(), *given]) == ExitCode.CONFIG
    (said,) = capsys.readouterr().err.splitlines()
    assert says in said


def test_an_input_that_comes(prepared: Path, tmp_path: Path):
    """The stage goes on with what it has waited for: to what is missing next."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "stored.yaml").write_text(STUDY)
    with waiting("embed --wait 600 of stored", root) as process:
        shutil.copytree(prepared / "dataset", tmp_path / "dataset")
        (tmp_path / "dataset").rename(root / "dataset")
        assert process.stderr and "is missing: run mammo weights" in process.stderr.readline()


def test_an_input_that_does_not_come(root: Path):
    """Exit 69 when the time is up, with the command that makes it."""
    with waiting("evaluate --run a --wait 1", root) as process:
        assert process.stderr and "is missing: run mammo train" in process.stderr.read()
        assert process.wait(timeout=20) == ExitCode.MISSING_INPUT


def test_mammo_study_never_waits(root: Path):
    """It calls the same stages, with the same options, and has made what there is."""
    options, stage = cli.parse(["evaluate", "--run", "a", "--root", str(root), "--wait", "600"])
    assert options.wait == 600
    with pytest.raises(MissingInputError):
        cli.call(stage, options, silent)
