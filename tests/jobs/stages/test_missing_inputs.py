"""Inputs that do not exist yet: exit 69, at once, as the Job retries until they do."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobs import cli
from jobs.common.errors import ExitCode
from jobs.common.progress import silent
from tests.releases import make_rows, write_release

STUDY = """
data: {folds: 2, test: 0.25}
views: {size: [80, 75]}
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
        ("train --run a --all --peers a:1 b:1 --worker 1 of stored", "prepare"),
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
        ("train --run a --all --peers a:1 b:1 --worker 1 of live", "weights"),
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
