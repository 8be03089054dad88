"""study.yaml: every default, every way to get it wrong, and back again."""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.errors import ConfigError
from jobs.config.sections import (
    LAYERS,
    BranchesConfig,
    DataConfig,
    EvaluateConfig,
    HeadConfig,
    ModelConfig,
    TrainConfig,
    ViewsConfig,
)
from jobs.config.study import Study, dump_study, load_study, plain

Written = Callable[[str], Path]
Refused = Callable[[str], str]

DEFAULTS = {
    "seed": 20,
    "data": {"sick": [4, 5, 6], "folds": 5, "test": 0.2, "window": "first", "order": "split-first"},
    "views": {
        "select": "all",
        "size": [299, 299],
        "frame": "fixed",
        "region": "breast",
        "mirror": False,
        "window": [1.0, 99.5],
        "healthy": 10,
        "sick": 27,
        "flip": 0.5,
        "crop": 0.1,
        "contrast": 0.2,
        "brightness": 0.1,
        "noise": 0.02,
        "rotation": 0.0,
        "elastic": 0.0,
    },
    "model": {
        "network": "inception_v3",
        "weights": "random",
        "layer": "mixed10",
        "pooling": "none",
        "precision": "float32",
        "stored": "float16",
    },
    "head": {
        "kind": "conv_pool",
        "filters": 32,
        "kernel": 1,
        "pool": 2,
        "hidden": 32,
        "dropout": 0.0,
        "top": 0.01,
        "members": 3,
        "sample": 1.0,
    },
    "contours": {
        "weight": 0.0,
        "calcification": 1.0,
        "cluster": 1.0,
        "mass": 1.0,
        "spiculated_region": 1.0,
        "asymmetry": 1.0,
        "distortion": 1.0,
        "point": 1.0,
        "unnamed": 1.0,
    },
    "train": {
        "epochs": 20,
        "batch": 32,
        "learning_rate": 0.001,
        "weight_decay": 0.0,
        "class_weights": "none",
        "live": False,
        "unfreeze_from": "none",
        "start_from": "none",
        "join": "none",
    },
    "evaluate": {
        "threshold": "youden",
        "bootstrap": 1000,
        "context": "none",
        "temperature": "none",
    },
    "branches": {
        "calcifications": False,
        "pixel": 0.07,
        "proposals": 1000,
        "candidates": 64,
        "epochs": 4,
    },
}


def unit(**bounds: bool) -> st.SearchStrategy[float]:
    return st.floats(0, 1, allow_subnormal=False, **bounds)


studies = st.builds(
    Study,
    seed=st.integers(0, 2**32 - 1),
    data=st.builds(
        DataConfig,
        sick=st.lists(st.integers(0, 6), min_size=1, max_size=6, unique=True).map(tuple),
        folds=st.integers(2, 20),
        test=unit(exclude_min=True, exclude_max=True),
        window=st.one_of(st.sampled_from(["first", "widest", "none"]), st.integers(1, 100)),
    ),
    views=st.builds(
        ViewsConfig,
        size=st.tuples(st.integers(75, 4000), st.integers(75, 4000)),
        region=st.sampled_from(["breast", "image"]),
        mirror=st.booleans(),
        window=st.tuples(st.floats(0, 49), st.floats(50, 100)),
        healthy=st.integers(1, 100),
        sick=st.integers(1, 100),
        flip=unit(),
        crop=st.floats(0, 0.5, exclude_max=True),
        contrast=unit(exclude_max=True),
        brightness=unit(),
        noise=unit(),
    ),
    model=st.builds(
        ModelConfig,
        weights=st.sampled_from(["random", "imagenet", "/weights/größe: 1 #2.h5", "/1e3", "/ x"]),
        layer=st.sampled_from(LAYERS),
        stored=st.sampled_from(["float32", "float16"]),
    ),
    head=st.builds(
        HeadConfig,
        filters=st.integers(1, 512),
        kernel=st.integers(1, 512),
        pool=st.integers(1, 512),
    ),
    train=st.builds(
        TrainConfig,
        epochs=st.integers(1, 1000),
        batch=st.integers(1, 1000),
        learning_rate=st.floats(0, 10, exclude_min=True),
        live=st.just(True),
        unfreeze_from=st.sampled_from(["none", "mixed0"]),
    ),
    branches=st.builds(
        BranchesConfig,
        calcifications=st.booleans(),
        pixel=st.floats(0, 1, exclude_min=True),
        proposals=st.integers(1, 10_000),
    ),
    evaluate=st.builds(EvaluateConfig, bootstrap=st.integers(100, 10**6)),
)


def test_the_defaults_are_the_report_s_recipe():
    """All defaults, spelled out."""
    assert plain(Study()) == DEFAULTS


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "---\n"])
def test_an_empty_file_is_the_default_study(written: Written, text: str):
    """What is left out has its default."""
    assert load_study(written(text)) == Study()


def test_what_is_written_is_read(written: Written):
    """A key that is there replaces its default, and no other."""
    study = load_study(written("seed: 7\nviews: {size: [768, 448], sick: 10}\n"))
    views = dataclasses.replace(Study().views, size=(768, 448), sick=10)
    assert study == Study(seed=7, views=views)


@given(studies)
def test_a_dumped_study_is_read_back(tmp_path_factory: pytest.TempPathFactory, study: Study):
    """Every valid study survives being written and read, from whatever folder."""
    text = dump_study(study)
    digest = hashlib.sha256(text.encode()).hexdigest()
    folder = tmp_path_factory.getbasetemp() / digest
    folder.mkdir(exist_ok=True)
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    again = load_study(path)
    assert again == study
    assert dump_study(again) == text


def test_a_dumped_study_spells_out_every_default():
    """All keys are there, in the order of the classes."""
    assert list(plain(Study())) == [field.name for field in dataclasses.fields(Study)]
    for line in ("seed: 20", "  learning_rate: 0.001", "  layer: mixed10"):
        assert line in dump_study(Study()).splitlines()


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("model: {pooling: average}\nhead: {pool: 1}\ntrain: {live: true}", "where train.live is"),
        ("model: {pooling: none}", "unless head.kind is local"),
    ],
)
def test_frames_of_several_sizes_need_what_takes_them(refused: Refused, text: str, rule: str):
    """A batch of live views, and the report's head, are for one size: 78, and why."""
    assert refused(f"views: {{frame: breast}}\n{text}").startswith(
        f"views.frame must be fixed {rule}"
    )


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_the_range_of_the_seed(refused: Refused, seed: int):
    """It is one of 32 bits: the key, the rule and the value."""
    assert refused(f"seed: {seed}") == f"seed must be between 0 and 2**32 - 1; got {seed}"


def test_the_models_of_a_study():
    """One a fold, and one of all data."""
    assert Study(data=DataConfig(folds=3)).models() == ("fold0", "fold1", "fold2", "all")


def test_a_number_in_powers_of_ten(written: Written, refused: Refused):
    """1e-3 is a number, as anybody would think, though YAML 1.1 takes it for a text."""
    study = load_study(written("train: {learning_rate: 1e-3}\nviews: {noise: 5E-2}\n"))
    assert (study.train.learning_rate, study.views.noise) == (0.001, 0.05)
    assert refused("model: {layer: 1e5x}").endswith("got '1e5x'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\ndata: {folds: 3}\nseed: 2\n", "3: not valid YAML: duplicate key seed"),
        ("data:\n  folds: 3\n  folds: 4\n", "3: not valid YAML: duplicate key folds"),
        ("seed: [\n", "2: not valid YAML: "),
        ("seed: 1\n\tdata: {}\n", "2: not valid YAML: found character '\\t'"),
        ("? [a, b]\n: 1\n", "1: not valid YAML: found unhashable key"),
        ("seed: 2024-13-45\n", "not valid YAML: "),
        ("a: !!python/object:os.system {}\n", "1: not valid YAML: could not determine a constr"),
        ("seed: 1\n---\nseed: 2\n", "2: not valid YAML: but found another document"),
        ("seed: \x00\n", "not valid YAML: "),
        ("[]", "the file must be a mapping of keys; got list"),
        ("0", "the file must be a mapping of keys; got int"),
        ("false", "the file must be a mapping of keys; got bool"),
    ],
)
def test_what_is_no_mapping_in_yaml(refused: Refused, text: str, message: str):
    """Broken YAML, doubled keys and files of another kind: the line, and what is wrong there."""
    assert refused(text).startswith(message)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"seed: \xe9"])
def test_a_file_that_is_no_text(tmp_path: Path, content: bytes):
    """Bytes that are not UTF-8 are said to be so."""
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"cannot be read \(not UTF-8\); name a study.yaml"):
        load_study(path)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.yaml", "No such file or directory"),
        (".", "Is a directory"),
        ("file/study.yaml", "Not a directory"),
    ],
)
def test_a_file_that_is_not_there(tmp_path: Path, name: str, reason: str):
    """Exit 78: which file, and why it cannot be read."""
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError) as caught:
        load_study(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: cannot be read ({reason}); name a study.yaml"


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ("random", "random"),
        ("imagenet", "imagenet"),
        ("/weights/inception.h5", "/weights/inception.h5"),
        ("inception.h5", "{folder}/inception.h5"),
        ("../weights/inception.h5", "{parent}/weights/inception.h5"),
        ("~/inception.h5", "{home}/inception.h5"),
        ("~nobody-of-that-name/inception.h5", "{folder}/~nobody-of-that-name/inception.h5"),
    ],
)
def test_weights_lie_beside_the_study(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: str, expected: str
):
    """A relative path is taken from the file's folder, wherever the command is called."""
    monkeypatch.setenv("HOME", "/home/anybody")
    (tmp_path / "study.yaml").write_text(f"model: {{weights: {weights}}}")
    monkeypatch.chdir(tmp_path)
    study = load_study(Path("study.yaml"))
    places = {"folder": tmp_path.resolve(), "parent": tmp_path.resolve().parent}
    assert study.model.weights == expected.format(home="/home/anybody", **places)
