"""mammo engine on a small dataset: what it makes, and which stages need it."""

import json
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

from jobs import cli
from jobs.artifacts.layout import CHOICE, Root
from jobs.artifacts.manifest import read_manifest
from jobs.artifacts.publish import publish
from jobs.common.errors import ConfigError, DataError, MissingInputError
from jobs.common.progress import silent
from jobs.config.study import load_study
from jobs.data.dataset import open_dataset
from jobs.model import openvino_runtime
from jobs.precision import resolve
from jobs.stages import embed, engine, prepare, train, weights
from tests.processors import needs_int8
from tests.releases import make_rows, write_release

STUDY = """
seed: 3
data: {folds: 2, test: 0.25}
views: {size: [80, 75], healthy: 1, sick: 2}
model: {layer: mixed0, stored: float32, precision: PRECISION}
head: {filters: 2}
train: {epochs: 1}
"""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A root with a dataset of 24 images and random weights; not to be changed."""
    folder = tmp_path_factory.mktemp("prepared")
    release = write_release(folder / "release", make_rows(patients=12, sick=6))
    options = options_of(folder / "root", "float32")
    cli.call(prepare, Namespace(**vars(options), release=release, strict=True), silent)
    cli.call(weights, Namespace(**vars(options), url=""), silent)
    return folder / "root"


@pytest.fixture
def root(prepared, tmp_path) -> Path:
    """A copy of `prepared` to change."""
    return shutil.copytree(prepared, tmp_path / "root")


def options_of(root: Path, precision: str) -> Namespace:
    root.mkdir(parents=True, exist_ok=True)
    config = root / "study.yaml"
    config.write_text(STUDY.replace("PRECISION", precision))
    return Namespace(root=root, config=config, overrides=[])


def features_of(root: Path, precision: str) -> tuple[str, dict[str, np.ndarray]]:
    """The key and the arrays of the features that `mammo embed` makes in a precision."""
    before = set((root / "features").glob("*"))
    options = options_of(root, precision)
    cli.call(embed, Namespace(**vars(options), worker=0, workers=1), silent)
    (folder,) = set((root / "features").glob("*")) - before
    return folder.name, {path.name: np.load(path) for path in folder.glob("*.npy")}


def error(features: dict[str, np.ndarray], reference: dict[str, np.ndarray]) -> float:
    """The relative error of all features, in the Euclidean norm."""
    ours, theirs = (
        np.concatenate([each[name].ravel() for name in sorted(each)])
        for each in (features, reference)
    )
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_floats_need_no_engine(root, precision):
    """If the checkpoint is enough, the stage ends at once; it needs no dataset, either."""
    shutil.rmtree(root / "dataset")
    cli.call(engine, options_of(root, precision), silent)
    assert not (root / "engines").exists()


@needs_int8
def test_int8_features_are_near_those_of_float32(root):
    """The quantised base gives nearly the same features, under another key."""
    cli.call(engine, options_of(root, "int8"), silent)
    key, exact = features_of(root, "float32")
    other, near = features_of(root, "int8")
    assert key != other
    assert 0 < error(near, exact) < 0.05  # 0.029 was measured: eight bits in each of ten layers
    (model,) = (root / "engines").iterdir()
    assert read_manifest(root / "features" / other).inputs["engine"] == model.name


@needs_int8
def test_frames_that_end_with_the_breast(root):
    """Calibration and features of views of several sizes, in int8 and float32, as of one size."""
    options = options_of(root, "int8")
    text = options.config.read_text()
    text = text.replace("size: [80, 75],", "size: [320, 240], frame: breast,")
    text = text.replace("filters: 2", "filters: 2, pool: 1").replace(
        "{layer", "{pooling: average, layer"
    )
    found = {}
    for precision in ("int8", "float32"):
        options.config.write_text(text.replace("precision: int8", f"precision: {precision}"))
        cli.call(engine, options, silent)
        before = set((root / "features").glob("*"))
        cli.call(embed, Namespace(**vars(options), worker=0, workers=1), silent)
        (folder,) = set((root / "features").glob("*")) - before
        found[precision] = {path.name: np.load(path) for path in folder.glob("*.npy")}
    assert len(found["float32"]) == 24
    assert 0 < error(found["int8"], found["float32"]) < 0.05
    alone = Namespace(**vars(options), run="framed", fold=0, all=False, embed=False, peers=None)
    cli.call(train, Namespace(**vars(alone), peer=None), silent)
    assert (root / "runs/framed/fold0/predictions.csv").is_file()


EMBED = """
import sys
from jobs import cli
assert cli.main(sys.argv[1:]) == 0
print(*{"tensorflow", "openvino"} & set(sys.modules))
"""


@needs_int8
def test_embedding_in_int8_is_without_tensorflow(root):
    """After `mammo engine`, a process that embeds never imports TensorFlow."""
    options = options_of(root, "int8")
    cli.call(engine, options, silent)
    line = ["embed", "--root", root, "--config", options.config]
    done = subprocess.run(
        [sys.executable, "-c", EMBED, *line], check=True, stdout=subprocess.PIPE, text=True
    )
    assert done.stdout.splitlines()[-1] == "openvino"


@needs_int8
def test_a_quantised_model_has_the_same_bytes_each_time(root):
    """If it is made twice in one process, all files are the same."""
    contents = []
    for _ in range(2):
        cli.call(engine, options_of(root, "int8"), silent)
        (model,) = (root / "engines").iterdir()
        contents.append({path.suffix: path.read_bytes() for path in model.glob("inception*")})
        shutil.rmtree(root / "engines")
    assert contents[0] == contents[1]
    assert set(contents[0]) == {".xml", ".bin"}


@pytest.mark.parametrize("precision", ["int8", "auto"])
def test_a_missing_engine_is_named_with_its_command(root, precision):
    """embed and train end with 69 and the command that makes it."""
    options = options_of(root, precision)
    with pytest.raises(MissingInputError, match="mammo engine"):
        cli.call(embed, Namespace(**vars(options), worker=0, workers=1), silent)
    with pytest.raises(MissingInputError, match="mammo engine"):
        alone = Namespace(**vars(options), peers=None, peer=None, embed=False)
        cli.call(train, Namespace(**vars(alone), run="first", fold=0, all=False), silent)


def test_missing_weights_are_named_with_their_command(root):
    """Exit 69, with the command that makes them."""
    shutil.rmtree(root / "weights")
    for precision in ("int8", "auto"):
        with pytest.raises(MissingInputError, match="mammo weights"):
            cli.call(engine, options_of(root, precision), silent)


def test_without_openvino_int8_is_a_configuration_error(root, monkeypatch):
    """Exit 78 names the key and the extra; no other precision is used instead."""
    monkeypatch.setattr(openvino_runtime, "find_spec", lambda name: None)
    openvino_runtime.start.cache_clear()
    with pytest.raises(ConfigError, match=r"model.precision int8 .* mammo\[int8\]"):
        cli.call(engine, options_of(root, "int8"), silent)
    cli.call(engine, options_of(root, "auto"), silent)
    (choice,) = (root / "engines").iterdir()
    assert "mammo[int8]" in json.loads((choice / "choice.json").read_text())["refused"]["int8"]


def test_auto_is_measured_once(root):
    """The choice is kept; embed then makes the features of the picked precision, under its key."""
    options = options_of(root, "auto")
    cli.call(engine, options, silent)
    study = load_study(options.config)
    recipe = resolve.engine_recipes(study, open_dataset(root, study)).choice
    path = Root(root).engine(recipe.key).folder / CHOICE
    content = json.loads(path.read_text())
    picked = content["picked"]
    assert set(content["measured"]) | set(content["refused"]) == {
        "float32", "bfloat16", "float16", "int8",
    }  # fmt: skip
    assert content["measured"][picked]["error"] <= content["largest_error"]
    inode = path.stat().st_ino
    cli.call(engine, options, silent)
    assert path.stat().st_ino == inode
    key, _ = features_of(root, "auto")
    assert read_manifest(root / "features" / key).configuration["precision"] == picked
    cli.call(embed, Namespace(**vars(options_of(root, picked)), worker=0, workers=1), silent)
    assert [each.name for each in (root / "features").iterdir()] == [key]


@needs_int8
def test_the_quantised_model_of_a_choice_is_made_again(root):
    """If a choice says int8 and its model was removed, `mammo engine` makes the model."""
    options = options_of(root, "auto")
    study = load_study(options.config)
    dataset = open_dataset(root, study)
    choice = resolve.engine_recipes(study, dataset).choice
    with publish(Root(root).engine(choice.key).folder, choice) as draft:
        (draft.folder / CHOICE).write_text('{"picked": "int8"}')
    with pytest.raises(MissingInputError, match="mammo engine"):
        resolve.resolve(Root(root), study, dataset)
    cli.call(engine, options, silent)
    assert resolve.resolve(Root(root), study, dataset).precision == "int8"


@needs_int8
def test_a_damaged_engine_is_refused(root):
    """Exit 65; the error names the file that was changed."""
    options = options_of(root, "int8")
    cli.call(engine, options, silent)
    (path,) = (root / "engines").glob("*/*.bin")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match=path.name):
        cli.call(embed, Namespace(**vars(options), worker=0, workers=1), silent)
