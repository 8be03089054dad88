"""study.yaml: every default, every way to get it wrong, and back again."""

import dataclasses
import hashlib
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.errors import ConfigError, ExitCode
from jobs.config.study import (
    DataConfig,
    EvaluateConfig,
    HeadConfig,
    Layer,
    ModelConfig,
    Study,
    TrainConfig,
    ViewsConfig,
    dump_study,
    load_study,
    plain,
)

DEFAULTS = {
    "seed": 20,
    "data": {"sick": [4, 5, 6], "folds": 5, "test": 0.2},
    "views": {
        "size": [299, 299],
        "region": "breast",
        "window": [1.0, 99.5],
        "healthy": 10,
        "sick": 27,
        "flip": 0.5,
        "crop": 0.1,
        "contrast": 0.2,
        "brightness": 0.1,
        "noise": 0.02,
    },
    "model": {
        "weights": "random",
        "layer": "mixed10",
        "pooling": "none",
        "precision": "float32",
        "stored": "float16",
    },
    "head": {"filters": 32, "kernel": 1, "pool": 2},
    "train": {
        "epochs": 20,
        "batch": 32,
        "learning_rate": 0.001,
        "live": False,
        "unfreeze_from": "none",
    },
    "evaluate": {"threshold": "youden", "bootstrap": 1000},
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
    ),
    views=st.builds(
        ViewsConfig,
        size=st.tuples(st.integers(75, 4000), st.integers(75, 4000)),
        region=st.sampled_from(["breast", "image"]),
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
        layer=st.sampled_from(get_args(Layer)),
        stored=st.sampled_from(["float32", "float16"]),
    ),
    head=st.builds(HeadConfig, *[st.integers(1, 512)] * 3),
    train=st.builds(
        TrainConfig,
        epochs=st.integers(1, 1000),
        batch=st.integers(1, 1000),
        learning_rate=st.floats(0, 10, exclude_min=True),
        live=st.just(True),
        unfreeze_from=st.sampled_from(["none", "mixed0"]),
    ),
    evaluate=st.builds(EvaluateConfig, bootstrap=st.integers(100, 10**6)),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def written(folder: Path, text: str) -> Path:
    path = folder / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    """The one line that a study.yaml of this text is refused with, after its name."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_study(path)
    assert caught.value.exit_code is ExitCode.CONFIG == 78
    message = str(caught.value)
    assert message.startswith(f"{path}:")
    assert "\n" not in message
    return message.removeprefix(f"{path}:").strip()


def test_the_defaults_are_the_report_s_recipe():
    """All defaults, spelled out."""
    assert plain(Study()) == DEFAULTS


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}", "---\n"])
def test_an_empty_file_is_the_default_study(folder: Path, text: str):
    """What is left out has its default."""
    assert load_study(written(folder, text)) == Study()


def test_what_is_written_is_read(folder: Path):
    """A key that is there replaces its default, and no other."""
    study = load_study(written(folder, "seed: 7\nviews: {size: [768, 448], sick: 10}\n"))
    views = dataclasses.replace(Study().views, size=(768, 448), sick=10)
    assert study == Study(seed=7, views=views)


@given(studies)
def test_a_dumped_study_is_read_back(tmp_path_factory: pytest.TempPathFactory, study: Study):
    """Every valid study survives being written and read, from whatever folder."""
    text = dump_study(study)
    digest = hashlib.sha256(text.encode()).hexdigest()
    folder = tmp_path_factory.getbasetemp() / digest
    folder.mkdir(exist_ok=True)
    again = load_study(written(folder, text))
    assert again == study
    assert dump_study(again) == text


def test_a_dumped_study_spells_out_every_default():
    """All keys are there, in the order of the classes."""
    assert list(plain(Study())) == [field.name for field in dataclasses.fields(Study)]
    for line in ("seed: 20", "  learning_rate: 0.001", "  layer: mixed10"):
        assert line in dump_study(Study()).splitlines()


def test_the_models_of_a_study():
    """One a fold, and one of all data."""
    assert Study(data=DataConfig(folds=3)).models() == ("fold0", "fold1", "fold2", "all")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "train: {lerning_rate: 1.0}",
            "unknown key train.lerning_rate; did you mean learning_rate?",
        ),
        ("trian: {}", "unknown key trian; did you mean train?"),
        ("model: {xyz: 1}", "unknown key model.xyz; known keys: weights, layer, pooling, "),
        ("20: seed", "unknown key 20; known keys: seed, data, "),
        ("null: 1", "unknown key None; "),
    ],
)
def test_an_unknown_key_names_the_nearest(folder: Path, text: str, message: str):
    """A key that is none is an error with the key that was probably meant, or all there are."""
    assert refused(folder, text).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: twenty", "seed must be a whole number; got 'twenty'"),
        ("seed: true", "seed must be a whole number; got True"),
        ("train: {batch: 1e21}", "train.batch must be a whole number; got 1e+21"),
        ("seed: 20.0", "seed must be a whole number; got 20.0"),
        ("seed:", "seed must be a whole number; got None"),
        ("seed: 2024-01-31", "seed must be a whole number; got datetime.date(2024, 1, 31)"),
        ("data: {test: yes}", "data.test must be a number; got True"),
        ("data: {test: '0.2'}", "data.test must be a number; got '0.2'"),
        ("data: {sick: 4}", "data.sick must be a list; got 4"),
        ("data: {sick: [4, x]}", "data.sick[1] must be a whole number; got 'x'"),
        ("data: {sick: [true]}", "data.sick[0] must be a whole number; got True"),
        ("views: {size: [299]}", "views.size must be a list of 2; got [299]"),
        ("views: {size: 299}", "views.size must be a list; got 299"),
        ("views: {size: [299, 299.5]}", "views.size[1] must be a whole number; got 299.5"),
        ("views: {region: left}", "views.region must be one of breast, image; got 'left'"),
        ("views: {region: [breast]}", "views.region must be one of breast, image; got ['breast']"),
        ("model: {weights: 3}", "model.weights must be a text; got 3"),
        ("model: {layer: mixed11}", "model.layer must be one of mixed0, mixed1, "),
        ("model: {stored: 16}", "model.stored must be one of float32, float16; got 16"),
        ("evaluate: {threshold: 0.5}", "evaluate.threshold must be one of youden; got 0.5"),
        ("train:", "train must be a mapping of keys; got nothing"),
        ("train: [1]", "train must be a mapping of keys; got list"),
        ("data: {test: .nan}", "data.test must be finite; got nan"),
        ("train: {learning_rate: .inf}", "train.learning_rate must be finite; got inf"),
        (
            f"train: {{learning_rate: 1{'0' * 400}}}",
            "train.learning_rate must be a number; got 1000",
        ),
    ],
)
def test_a_wrong_type(folder: Path, text: str, message: str):
    """The key, the type that it must have, and what it has."""
    assert refused(folder, text).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: -1", "seed must be between 0 and 2**32 - 1; got -1"),
        ("seed: 4294967296", "seed must be between 0 and 2**32 - 1; got 4294967296"),
        ("data: {sick: []}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [7]}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [4, 4]}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [0, 1, 2, 3, 4, 5, 6]}", "data.sick must be some, not all, of the BI-RADS"),
        ("data: {folds: 0}", "data.folds must be at least 2; got 0"),
        ("data: {folds: 1}", "data.folds must be at least 2; got 1"),
        ("data: {test: 0}", "data.test must be between 0 and 1; got 0.0"),
        ("data: {test: 1}", "data.test must be between 0 and 1; got 1.0"),
        ("views: {size: [74, 299]}", "views.size must be at least 75 x 75 (rows, columns); got"),
        (
            "views: {window: [50, 50]}",
            "views.window must be two rising percentiles; got (50.0, 50.0)",
        ),
        ("views: {window: [-1, 50]}", "views.window must be two rising percentiles"),
        ("views: {window: [1, 101]}", "views.window must be two rising percentiles"),
        ("views: {healthy: 0}", "views.healthy must be at least 1; got 0"),
        ("views: {sick: 0}", "views.sick must be at least 1; got 0"),
        ("views: {flip: 1.1}", "views.flip must be a probability; got 1.1"),
        ("views: {crop: 0.5}", "views.crop must be at least 0 and below 0.5; got 0.5"),
        ("views: {contrast: 1}", "views.contrast must be at least 0 and below 1; got 1.0"),
        ("views: {brightness: 2}", "views.brightness must be between 0 and 1; got 2.0"),
        ("views: {noise: -0.1}", "views.noise must be between 0 and 1; got -0.1"),
        ("head: {filters: 0}", "head.filters must be at least 1; got 0"),
        ("head: {kernel: 0}", "head.kernel must be at least 1; got 0"),
        ("head: {pool: 0}", "head.pool must be at least 1; got 0"),
        ("train: {epochs: 0}", "train.epochs must be at least 1; got 0"),
        ("train: {batch: 0}", "train.batch must be at least 1; got 0"),
        (f"train: {{batch: {10**21}}}", "train.batch must be at most 100,000; got 10000000000000"),
        ("train: {epochs: 100001}", "train.epochs must be at most 100,000; got 100001"),
        ("head: {filters: 100001}", "head.filters must be at most 100,000; got 100001"),
        ("data: {folds: 100001}", "data.folds must be at most 100,000; got 100001"),
        ("views: {sick: 100001}", "views.sick must be at most 100,000; got 100001"),
        ("views: {size: [299, 10001]}", "views.size must be at most 10,000 x 10,000; got (299, 1"),
        ("evaluate: {bootstrap: 1000001}", "evaluate.bootstrap must be at most 1,000,000; got"),
        ("model: {pooling: average}", "head.pool must be 1 where model.pooling is average; got 2"),
        ("train: {learning_rate: 0}", "train.learning_rate must be above 0; got 0.0"),
        (
            "train: {unfreeze_from: mixed8}",
            "train.unfreeze_from must be none unless train.live is true",
        ),
        (
            "model: {precision: float64}",
            "model.precision must be one of float32, bfloat16, float16, int8, auto; got 'float64'",
        ),
        (
            "{model: {precision: int8}, train: {live: true}}",
            "model.precision must be float32 where train.live is true; got 'int8'",
        ),
        (
            "{model: {layer: mixed7}, train: {live: true, unfreeze_from: mixed8}}",
            "train.unfreeze_from must be none, or model.layer mixed7 or an earlier one; got 'mix",
        ),
        ("evaluate: {bootstrap: 99}", "evaluate.bootstrap must be at least 100; got 99"),
    ],
)
def test_a_value_out_of_range(folder: Path, text: str, message: str):
    """The key, the rule and the value."""
    assert refused(folder, text).startswith(message)


def test_a_number_in_powers_of_ten(folder: Path):
    """1e-3 is a number, as anybody would think, though YAML 1.1 takes it for a text."""
    study = load_study(written(folder, "train: {learning_rate: 1e-3}\nviews: {noise: 5E-2}\n"))
    assert (study.train.learning_rate, study.views.noise) == (0.001, 0.05)
    assert refused(folder, "model: {layer: 1e5x}").endswith("got '1e5x'")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: 1\ndata: {folds: 3}\nseed: 2\n", "3: not valid YAML: key seed stands twice"),
        ("data:\n  folds: 3\n  folds: 4\n", "3: not valid YAML: key folds stands twice"),
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
def test_what_is_no_mapping_in_yaml(folder: Path, text: str, message: str):
    """Broken YAML, doubled keys and files of another kind: the line, and what is wrong there."""
    assert refused(folder, text).startswith(message)


def test_a_file_that_is_no_study_is_not_quoted(folder: Path):
    """A report given as the study by mistake does not end up in a log."""
    message = refused(folder, "Jane Doe, born 1950, has a mass in the left breast.\n" * 50)
    assert message == "the file must be a mapping of keys; got str"
    assert len(refused(folder, f"seed: {'x' * 10_000}\n")) < 150


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"seed: \xe9"])
def test_a_file_that_is_no_text(folder: Path, content: bytes):
    """Bytes that are not UTF-8 are said to be so."""
    path = folder / "study.yaml"
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
def test_a_file_that_is_not_there(folder: Path, name: str, reason: str):
    """Exit 78: which file, and why it cannot be read."""
    (folder / "file").touch()
    with pytest.raises(ConfigError) as caught:
        load_study(folder / name)
    assert str(caught.value) == f"{folder / name}: cannot be read ({reason}); name a study.yaml"


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
    folder: Path, monkeypatch: pytest.MonkeyPatch, weights: str, expected: str
):
    """A relative path is taken from the file's folder, wherever the command is called."""
    monkeypatch.setenv("HOME", "/home/anybody")
    written(folder, f"model: {{weights: {weights}}}")
    monkeypatch.chdir(folder)
    study = load_study(Path("study.yaml"))
    places = {"folder": folder.resolve(), "parent": folder.resolve().parent}
    assert study.model.weights == expected.format(home="/home/anybody", **places)
