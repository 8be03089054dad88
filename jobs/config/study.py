"""study.yaml -> frozen dataclasses, strict: an unknown key or a wrong type stops the run."""

import contextlib
import dataclasses
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from jobs.common.errors import ConfigError
from jobs.config.names import ALL, fold_name
from jobs.config.overrides import apply_overrides, overridden_keys
from jobs.config.schema import parse, require
from jobs.config.sections import (
    LAYERS,
    DataConfig,
    EvaluateConfig,
    HeadConfig,
    ModelConfig,
    TrainConfig,
    ViewsConfig,
)
from jobs.config.strict_yaml import StrictLoader, describe


@dataclass(frozen=True)
class Study:
    """All that a study's result depends on, beside the release.

    Attributes:
        seed: of the splits, the views, random weights and the order of training.
        data, views, model, head, train, evaluate: the sections of study.yaml.

    Examples:
        >>> from jobs.config import DataConfig, Study
        >>> Study(data=DataConfig(folds=2)).models()
        ('fold0', 'fold1', 'all')
    """

    seed: int = 20
    data: DataConfig = field(default_factory=DataConfig)
    views: ViewsConfig = field(default_factory=ViewsConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    def __post_init__(self) -> None:
        require(0 <= self.seed < 2**32, "seed", "between 0 and 2**32 - 1", self.seed)
        used = LAYERS[: LAYERS.index(self.model.layer) + 1]
        first = self.train.unfreeze_from
        rule = f"none, or model.layer {self.model.layer} or an earlier one"
        require(first in ("none", *used), "train.unfreeze_from", rule, first)
        precision = self.model.precision
        exact = precision == "float32" or not self.train.live
        require(exact, "model.precision", "float32 where train.live is true", precision)
        self._require_fitting_frame()
        for name in ("kernel", "pool") if self.model.pooling == "average" else ():
            value = getattr(self.head, name)
            require(value == 1, f"head.{name}", "1 where model.pooling is average", value)

    def _require_fitting_frame(self) -> None:
        frame = self.views.frame
        rule = "fixed where train.live is true: a batch has views of many images, all of one size"
        require(frame == "fixed" or not self.train.live, "views.frame", rule, frame)
        rule = "fixed unless model.pooling is average: the head takes features of one shape"
        require(frame == "fixed" or self.model.pooling == "average", "views.frame", rule, frame)

    def models(self) -> tuple[str, ...]:
        """The names of the models that a study trains: fold0, fold1, ..., all."""
        return (*(fold_name(k) for k in range(self.data.folds)), ALL)


def load_study(path: Path | None, overrides: Sequence[str] = ()) -> Study:
    """Reads a study.yaml.

    A relative `model.weights` is taken from the file's own folder; one of the overrides, from the
    current folder.

    Args:
        path: of the file; without one, every key has its default.
        overrides: KEY=VALUE, each in place of what the file has for that key.

    Raises:
        ConfigError: the file is missing, is not YAML, has a duplicate or unknown key, or a value
            of the wrong type or out of range; or an override is so.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from jobs.config import load_study
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "study.yaml")
        ...     _ = path.write_text("seed: 7")
        ...     load_study(path).seed, load_study(path, ["seed=8"]).seed
        (7, 8)
    """
    document = _read(path) if path else {}
    changed = apply_overrides(document, overrides, Study)
    try:
        study = parse(Study, changed, "")
    except ConfigError as error:
        if _refusal(document) == str(error):
            raise ConfigError(f"{path}: {error}") from error
        raise ConfigError(f"{_blame(overrides, str(error))}: {error}") from error
    in_file = "model.weights" not in overridden_keys(overrides)
    return _resolve_weights(study, path.parent if path and in_file else Path())


def _read(path: Path) -> object:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=StrictLoader)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigError(f"{path}: cannot be read ({reason}); name a study.yaml") from error
    except (yaml.YAMLError, ValueError) as error:
        line, what = describe(error)
        raise ConfigError(f"{path}{line}: not valid YAML: {what}") from error
    return {} if document is None else document


def _refusal(document: object) -> str | None:
    """What is wrong with a document; None for a study."""
    try:
        parse(Study, document, "")
    except ConfigError as error:
        return str(error)
    return None


def _blame(overrides: Sequence[str], problem: str) -> str:
    """The overrides of the key that a problem begins with; all if it is another one's."""
    keys = overridden_keys(overrides)
    pairs = zip(keys, overrides, strict=True)
    named = [each for key, each in pairs if re.match(rf"{re.escape(key)}\b", problem)]
    return " ".join(f"--set {each}" for each in named or overrides)


def dump_study(study: Study) -> str:
    """A study with every default spelled out, as YAML that `load_study` reads.

    Examples:
        >>> from jobs.config import Study, dump_study
        >>> dump_study(Study()).splitlines()[:3]
        ['seed: 20', 'data:', '  sick:']
    """
    return yaml.safe_dump(plain(study), sort_keys=False)


def plain(config: Any) -> dict[str, Any]:
    """A configuration dataclass as JSON-ready dicts and lists."""
    return dataclasses.asdict(config, dict_factory=_plain_items)


def _plain_items(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in items}


def _resolve_weights(study: Study, folder: Path) -> Study:
    if study.model.weights in ("random", "imagenet"):
        return study
    given = Path(study.model.weights)
    with contextlib.suppress(RuntimeError):  # ~name where no user has that name
        given = given.expanduser()
    path = (folder / given).resolve()
    return dataclasses.replace(study, model=dataclasses.replace(study.model, weights=str(path)))
