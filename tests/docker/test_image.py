"""The image does all that the checkout does, with no more than a cluster gives it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docker.conftest import REVISION, USER, Run

SMALL = Path(__file__).parents[2] / "overlays" / "cpu-smoke" / "study.yaml"

pytestmark = pytest.mark.image

STUDY = """
seed: 3
data: {{folds: 3, test: 0.25}}
views: {{size: [96, 96], healthy: 1, sick: 2}}
model: {{layer: mixed3, precision: {precision}}}
head: {{filters: 2}}
train: {{epochs: 1, batch: 8, {train}}}
evaluate: {{bootstrap: 100}}
"""
STUDIES = {
    "features": STUDY.format(precision="float32", train="live: false"),
    "live": STUDY.format(precision="float32", train="live: true, unfreeze_from: mixed2"),
    "int8": STUDY.format(precision="int8", train="live: false"),
    "bfloat16": STUDY.format(precision="bfloat16", train="live: false"),
}
TOOLS = "pip pip3 uv gcc cc c++ g++ ld as make"


@pytest.fixture(scope="module")
def release(run: Run, volume: Path) -> str:
    """A synthetic release, where the image finds it."""
    run("phantom", "/mammo/root/phantom", "--patients", "24")
    return "/mammo/root/phantom"


def study(run: Run, volume: Path, release: str, name: str) -> Path:
    """The folder of a run, in the volume."""
    (volume / f"{name}.yaml").write_text(STUDIES[name])
    options = f"--root /mammo/root --config /mammo/root/{name}.yaml --run {name}"
    run("study", "--release", release, *options.split())
    return volume / "runs" / name


@pytest.mark.parametrize("name", STUDIES)
def test_a_study(run: Run, volume: Path, release: str, name: str):
    """From the release to the report, on features, live, and in other precisions."""
    folder = study(run, volume, release, name)
    assert (folder / "report.html").stat().st_uid == USER
    manifest = json.loads((folder / "all/manifest.json").read_text())
    assert manifest["versions"]["mammo"] == REVISION


def test_the_small_study(run: Run, volume: Path):
    """That of overlays/cpu-smoke, on the image's own manifests: it has no kubectl to render."""
    shutil.copy(SMALL, volume / "small.yaml")
    options = "--root /mammo/root/small --config /mammo/root/small.yaml --run small"
    run("study", *options.split())
    assert (volume / "small/runs/small/report.html").is_file()


def test_the_numbers_are_the_checkout_s(run: Run, volume: Path, release: str, tmp_path: Path):
    """What was left out and made smaller changes no bit of a prediction."""
    inside = study(run, volume, release, "features")
    config = volume / "features.yaml"
    options = ["--root", tmp_path, "--config", config, "--run", "features"]
    mammo = Path(sys.executable).with_name("mammo")
    subprocess.run([mammo, "study", "--release", volume / "phantom", *options], check=True)
    for model in ("fold0", "all"):
        here, there = (
            (root / "runs/features" / model / "predictions.csv").read_bytes()
            for root in (tmp_path, volume)
        )
        assert here == there
    assert inside.is_dir()


CODECS = """
import imagecodecs, numpy as np
x = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
for name in ("jpegls", "jpeg2k"):
    packed = getattr(imagecodecs, f"{name}_encode")(x, level=0)
    assert (getattr(imagecodecs, f"{name}_decode")(packed) == x).all(), name
imagecodecs.jpeg8_decode(imagecodecs.jpeg8_encode(x >> 4, bitspersample=12))
imagecodecs.dicomrle_decode
"""


def test_compressed_pixels(run: Run):
    """Every decoder that mammo_tfds calls is there, whatever other codecs are not."""
    run("-c", CODECS, entrypoint="python")


TENSORFLOW_DATASETS = """
import mammo_tfds, tensorflow_datasets as tfds
for split in ("fold0", "test"):
    images = tfds.data_source("inbreast", data_dir="/mammo/root/dataset", split=split)
    assert images[0]["image"].dtype == "uint16"
"""


def test_the_dataset_alone(run: Run, volume: Path, release: str):
    """`tfds.data_source`, as the README has it."""
    study(run, volume, release, "features")
    run("-c", TENSORFLOW_DATASETS, entrypoint="python")


BOARD = """
import subprocess, time, urllib.request
board = subprocess.Popen("tensorboard --logdir /mammo/root/runs --port 6500".split())
for _ in range(120):
    time.sleep(0.5)
    try:
        page = urllib.request.urlopen("http://localhost:6500/data/runs").read()
    except OSError:
        continue
    if b"fold0" in page:
        break
board.terminate()
assert b"fold0" in page, page
"""


def test_tensorboard(run: Run, volume: Path, release: str):
    """It serves the runs that are there."""
    study(run, volume, release, "features")
    run("-c", BOARD, entrypoint="python")


LOOK = f"""
import json, os, shutil
from importlib.util import find_spec
from pathlib import Path
def writable(path):
    try:
        Path(path, "new").touch()
    except OSError:
        return False
    return True
print(json.dumps({{
    "user": os.getuid(),
    "group": os.getgid(),
    "tools": [name for name in {TOOLS!r}.split() if shutil.which(name)],
    "modules": [name for name in ("pip", "setuptools", "ensurepip", "uv") if find_spec(name)],
    "writable": [path for path in ("/", "/opt/mammo", "/mammo", "/etc", "/tmp") if writable(path)],
    "caches": [str(path) for path in Path("/var/cache").glob("**/*") if path.is_file()],
    "mounted": [path for path in ("/etc/pip.conf", "/etc/uv", "/build") if Path(path).exists()],
}}))
"""


def test_what_is_not_in_it(run: Run):
    """No root, compiler, installer or cache; nothing of how it was built, nothing to write to."""
    assert json.loads(run("-c", LOOK, entrypoint="python").stdout) == {
        "user": USER,
        "group": USER,
        "tools": [],
        "modules": [],
        "writable": ["/tmp"],
        "caches": [],
        "mounted": [],
    }


def test_the_labels(image: str):
    """What it is, of which revision, under which licence."""
    said = subprocess.run(["podman", "inspect", image], check=True, capture_output=True, text=True)
    (found,) = json.loads(said.stdout)
    labels = {name.rpartition(".")[2]: value for name, value in found["Labels"].items()}
    assert labels["revision"] == REVISION
    assert (labels["version"], labels["licenses"]) == ("0.1.0", "Apache-2.0")
    assert found["User"] == f"{USER}:{USER}"
