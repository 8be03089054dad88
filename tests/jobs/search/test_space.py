"""space.yaml: what is refused, with its key, and what is drawn from."""

from pathlib import Path

import pytest

from jobs.common.errors import ConfigError
from jobs.config.study import Study
from jobs.search.space import Choices, Range, Space, WholeRange, load_space, study_of

REFUSED = {
    "parameters: {train.lerning_rate: [1]}": r"did you mean .?train\.learning_rate",
    "parameters: {train.epochs: {low: 5, high: 4}}": "must be above low, 5",
    "parameters: {train.learning_rate: {low: 0, high: 1, log: true}}": "above 0 where log is true",
    "parameters: {seed: [1, 2]}": "parameters.seed is not searched",
    "parameters: {data.folds: [2, 3]}": "is not searched",
    "parameters: {train.epochs: []}": "must have a value",
    "parameters: {train.learning_rate: [-1]}": r"train\.learning_rate must be above 0",
    "trials: 0\nparameters: {train.epochs: [1]}": "trials must be from 1 to 10,000; got 0",
    "places: 1\nparameters: {train.epochs: [1]}": "unknown key places",
    "trails: 5\nparameters: {train.epochs: [1]}": "unknown key trails",
    "trials: 5": "parameters must have a key of study.yaml",
    "parameters: {train.epochs: [1]}\nvariants: {a: {train.epochs: [2]}}": "name it once",
    "variants: {local: {head.kind: local, head.kernel: [3]}}": "head.kernel",
    "[1, 2]": "must be a mapping of keys",
    "a: {": "not valid YAML",
}


def load(folder: Path, text: str) -> Space:
    path = folder / "space.yaml"
    path.write_text(text)
    return load_space(path, Study())


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_names_the_file_and_the_rule(text: str, tmp_path: Path):
    """Before the first trial: also a value at an end of a range that no study may have."""
    with pytest.raises(ConfigError, match=REFUSED[text]) as raised:
        load(tmp_path, text)
    assert str(raised.value).startswith(str(tmp_path / "space.yaml"))


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"cannot be read .*name a space\.yaml"):
        load_space(tmp_path / "space.yaml", Study())


def test_each_key_s_type_says_what_a_range_draws(tmp_path: Path):
    """Whole numbers for whole numbers; a value that is no list is the only choice."""
    text = """
    variants:
      report: {train.epochs: {low: 4, high: 8}, train.weight_decay: {low: 0, high: 0.5}}
      local: {head.kind: local, head.dropout: [0.1, 0.5]}
    """
    variants = load(tmp_path, text).variants
    assert isinstance(variants["report"]["train.epochs"], WholeRange)
    assert type(variants["report"]["train.weight_decay"]) is Range
    assert variants["local"]["head.kind"] == Choices(("local",))
    assert variants["local"]["head.dropout"] == Choices(("0.1", "0.5"))


def test_a_search_may_go_on_with_more_trials(tmp_path: Path):
    """Their number is no part of what makes it the same search; all else is."""
    rest = "parameters: {train.epochs: [1, 2]}"
    few, many, other = (
        load(tmp_path, f"{head}\n{rest}").to_json()
        for head in ("trials: 5", "trials: 50", "seeds: 2")
    )
    assert few == many != other


def test_settings_are_yaml():
    """As `--set` takes them."""
    study = study_of(Study(), {"views.size": "[80, 75]", "train.learning_rate": "0.5"})
    assert study.views.size == (80, 75) and study.train.learning_rate == 0.5
