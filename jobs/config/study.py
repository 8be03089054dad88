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
    BranchesConfig,
    ContoursConfig,
    DataConfig,
    EvaluateConfig,
    HeadConfig,
    ModelConfig,
    TrainConfig,
    ViewsConfig,
)
from jobs.config.strict_yaml import read_yaml


@dataclass(frozen=True)
class Study:
    """All that a study's result depends on, beside the release.

    Attributes:
        seed: of the splits, the views, random weights and the order of training.
        data, views, model, head, contours, train, branches, evaluate: the sections of study.yaml.

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
    contours: ContoursConfig = field(default_factory=ContoursConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    branches: BranchesConfig = field(default_factory=BranchesConfig)
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)

    def __post_init__(self) -> None:
        require(0 <= self.seed < 2**32, "seed", "between 0 and 2**32 - 1", self.seed)
        used = LAYERS[: LAYERS.index(self.model.layer) + 1]
        first = self.train.unfreeze_from
        rule = f"none, or model.layer {self.model.layer} or an earlier one"
        require(first in ("none", *used), "train.unfreeze_from", rule, first)
        if self.data.augment_first:
            rule = "split-first where train.live is true: its views are new in every epoch"
            require(not self.train.live, "data.order", rule, self.data.order)
            for name in ("healthy", "sick"):
                rule = "at least data.folds where data.order is augment-first: each holds one out"
                count = getattr(self.views, name)
                require(count >= self.data.folds, f"views.{name}", rule, count)
            rule = "none where data.order is augment-first: it shows what one release's figures do"
            require(self.train.join == "none", "train.join", rule, self.train.join)
        if self.model.precision in ("int8", "auto"):
            rule = (
                f"none where model.precision is {self.model.precision}: int8 is fitted to a release"
            )
            require(self.train.join == "none", "train.join", rule, self.train.join)
        network, live = self.model.network, self.train.live
        rule = "inception_v3 unless train.live is true: stored features are those of a frozen base"
        require(live or not self.model.from_scratch, "model.network", rule, network)
        rule = f"none where model.network is {network}: all of it is trained"
        fits = first == "none" or not self.model.from_scratch
        require(fits, "train.unfreeze_from", rule, first)
        precision = self.model.precision
        exact = precision == "float32" or not self.train.live
        require(exact, "model.precision", "float32 where train.live is true", precision)
        self._require_fitting_head()
        self._require_fitting_frame()

    def _require_fitting_head(self) -> None:
        head, pooling, weight = self.head, self.model.pooling, self.contours.weight
        if head.kind == "local":
            require(pooling == "none", "model.pooling", "none where head.kind is local", pooling)
            require(not self.train.live, "train.live", "false where head.kind is local", True)
            return
        require(weight == 0, "contours.weight", "0 unless head.kind is local", weight)
        for name in ("kernel", "pool") if pooling == "average" else ():
            value = getattr(head, name)
            require(value == 1, f"head.{name}", "1 where model.pooling is average", value)

    def _require_fitting_frame(self) -> None:
        frame = self.views.frame
        rule = "fixed where train.live is true: a batch has views of many images, all of one size"
        require(frame == "fixed" or not self.train.live, "views.frame", rule, frame)
        any_shape = self.head.kind == "local" or self.model.pooling == "average"
        rule = (
            "fixed unless head.kind is local or model.pooling average: other heads take one shape"
        )
        require(frame == "fixed" or any_shape, "views.frame", rule, frame)

    def models(self) -> tuple[str, ...]:
        """The names of the models that a study trains: fold0, fold1, ..., all."""
        return (*(fold_name(k) for k in range(self.data.folds)), ALL)


def load_study(path: Path | None, overrides: Sequence[str] = ()) -> Study:
    """Reads a study.yaml.

    A relative path in `model.weights`, `train.start_from` or `train.join` is taken from the file's
    own folder; one of the overrides, from the current folder.

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
    document = read_yaml(path, "study.yaml") if path else None
    document = {} if document is None else document
    changed = apply_overrides(document, overrides, Study)
    try:
        study = parse(Study, changed, "")
    except ConfigError as error:
        if _refusal(document) == str(error):
            raise ConfigError(f"{path}: {error}") from error
        raise ConfigError(f"{_blame(overrides, str(error))}: {error}") from error
    keys = overridden_keys(overrides)

    def folder(key: str) -> Path:
        return path.parent if path and key not in keys else Path()

    model = _resolve_weights(study.model, folder("model.weights"))
    train = dataclasses.replace(
        study.train,
        start_from=_resolve_run(study.train.start_from, folder("train.start_from")),
        join=_resolve_run(study.train.join, folder("train.join")),
    )
    return dataclasses.replace(study, model=model, train=train)


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


def without_paths(study: Study) -> Study:
    """A study that says how files and folders are called, and not where they lie.

    Examples:
        >>> from jobs.config import Study, TrainConfig
        >>> without_paths(Study(train=TrainConfig(join="/data/films/runs/best"))).train.join
        'best'
    """
    train = dataclasses.replace(
        study.train, start_from=Path(study.train.start_from).name, join=Path(study.train.join).name
    )
    model = dataclasses.replace(study.model, weights=Path(study.model.weights).name)
    return dataclasses.replace(study, model=model, train=train)


def plain(config: Any) -> dict[str, Any]:
    """A configuration dataclass as JSON-ready dicts and lists."""
    return dataclasses.asdict(config, dict_factory=_plain_items)


def _plain_items(items: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in items}


def _resolve_weights(model: ModelConfig, folder: Path) -> ModelConfig:
    if model.weights in ("random", "imagenet"):
        return model
    return dataclasses.replace(model, weights=_resolve(model.weights, folder))


def _resolve_run(given: str, folder: Path) -> str:
    """A path has a slash; anything else is the name of a run under the study's own root."""
    return _resolve(given, folder) if "/" in given else given


def _resolve(path: str, folder: Path) -> str:
    given = Path(path)
    with contextlib.suppress(RuntimeError):  # ~name where no user has that name
        given = given.expanduser()
    return str((folder / given).resolve())
