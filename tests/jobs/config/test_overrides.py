"""--set: keys of study.yaml that the command line gives other values."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.errors import ConfigError
from jobs.config.overrides import apply_overrides, list_keys
from jobs.config.sections import DataConfig
from jobs.config.study import Study, dump_study, load_study

Written = Callable[[str], Path]
KEYS = list(list_keys(Study))


@pytest.fixture
def told(written: Written) -> Callable[..., str]:
    """The line that a study.yaml is refused with if these overrides are given."""

    def refuse(text: str, *overrides: str) -> str:
        path = written(text)
        with pytest.raises(ConfigError) as caught:
            load_study(path, overrides)
        return str(caught.value).replace(str(path), "study.yaml")

    return refuse


def test_all_keys():
    """Every key of every section by its dotted name, and no section."""
    assert KEYS[:2] == ["seed", "data.sick"] and "train.epochs" in KEYS and "train" not in KEYS
    assert len(KEYS) == len(set(KEYS))


def test_an_override_is_as_if_the_file_said_so(written: Written):
    """Values are read as the file's: numbers in powers of ten, lists, words."""
    overrides = ["train.learning_rate=1e-2", "views.size=[448, 336]", "model.layer=mixed7"]
    study = load_study(written("seed: 7\ntrain: {epochs: 5, learning_rate: 0.5}"), overrides)
    assert study == load_study(
        written(
            "{seed: 7, views: {size: [448, 336]}, model: {layer: mixed7}, "
            "train: {epochs: 5, learning_rate: 0.01}}"
        )
    )


@given(st.sampled_from(KEYS), st.integers() | st.none(), st.booleans())
def test_the_document_stays_as_it_was(key: str, value: int | None, empty: bool):
    """Another document comes out, with that value; nothing else changes."""
    document = {} if empty else {"seed": 1, "train": {"batch": 2}, "data": {}}
    before = copy.deepcopy(document)
    changed = apply_overrides(document, [f"{key}={'' if value is None else value}"], Study)
    assert document == before
    section, _, name = key.rpartition(".")
    assert isinstance(changed, dict)
    assert (changed[section] if section else changed)[name] == value


def test_values_that_need_each_other(written: Written):
    """What only holds together may be set together, in any order, or mend what the file has."""
    pair = ["train.unfreeze_from=mixed9", "train.live=true"]
    assert load_study(written(""), pair) == load_study(written(""), pair[::-1])
    mended = load_study(written("model: {pooling: average}"), ["head.pool=1"])
    assert mended.head.pool == 1


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("train.epoch=3", "unknown key train.epoch; did you mean train.epochs?"),
        ("epochs=3", "unknown key epochs; did you mean train.epochs?"),
        ("train=5", "unknown key train; did you mean "),
        ("zzz=3", "unknown key zzz; known keys: seed, data.sick, "),
        ("train.epochs=0", "train.epochs must be at least 1; got 0"),
        ("train.epochs=many", "train.epochs must be a whole number; got 'many'"),
        ("train.epochs=", "train.epochs must be a whole number; got None"),
        ("views.size=[1, 2, 3]", "views.size must be a list of 2; got [1, 2, 3]"),
        ("views.size=[1", "not valid YAML: "),
        ("seed=2024-13-45", "not valid YAML: "),
        ("data={folds: 2, folds: 3}", "unknown key data"),
        ("model.layer={a: 1, a: 2}", "not valid YAML: duplicate key a"),
        ("model.precision=flaot16", "model.precision must be one of float32, bfloat16, "),
    ],
)
def test_an_override_that_is_wrong(told: Callable[..., str], override: str, message: str):
    """Exit 78, with the line that the file would get; the place is the --set."""
    assert told("seed: 7", override).startswith(f"--set {override}: {message}")


def test_the_nearest_choice_is_named(told: Callable[..., str]):
    """Of a few words that a key may have, too; in the file as on the command line."""
    line = "got 'flaot16'; did you mean float16?"
    assert told("", "model.precision=flaot16").endswith(line)
    assert told("model: {precision: flaot16}").endswith(line)


def test_who_is_to_blame(told: Callable[..., str]):
    """The file, if it is refused for the same reason without --set; else the --set in question."""
    assert told("train: {epochs: 0}", "seed=7").startswith("study.yaml: train.epochs must be")
    assert told("train: {epochs: 0}", "train.epochs=-1").startswith("--set train.epochs=-1: ")
    assert told("train: 5", "train.epochs=3").startswith("study.yaml: train must be a mapping")
    assert told("train:", "train.epochs=3").startswith("study.yaml: train must be a mapping")
    assert told("[]", "seed=3").startswith("study.yaml: the file must be a mapping")
    two = told("", "seed=3", "train.batch=0")
    assert two.startswith("--set train.batch=0: train.batch must be")
    other = told("train: {live: true, unfreeze_from: mixed9}", "seed=3", "model.layer=mixed3")
    assert other.startswith("--set seed=3 --set model.layer=mixed3: train.unfreeze_from must be")


def test_a_key_is_set_once(told: Callable[..., str]):
    """As in the file, nothing is silently overwritten."""
    assert told("", "seed=3", "seed=4") == "--set seed=4: seed is given twice"


def test_a_relative_path_is_the_shell_s(
    written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """--set model.weights=x.h5 is x.h5 in the current folder; in the file, beside the file."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    path = written("model: {weights: x.h5}")
    assert load_study(path).model.weights == str(tmp_path / "x.h5")
    assert load_study(path, ["model.weights=x.h5"]).model.weights == str(here / "x.h5")


def test_without_a_file():
    """Every other key has its default."""
    assert load_study(None, ["data.folds=2"]) == Study(data=DataConfig(folds=2))


def test_what_results_is_what_is_kept(written: Written):
    """The study with its overrides, written as the run's study.yaml, is the same study."""
    study = load_study(written("seed: 7"), ["train.epochs=3", "model.weights=x.h5"])
    assert load_study(written(dump_study(study))) == study
