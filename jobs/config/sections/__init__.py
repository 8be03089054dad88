"""The sections of study.yaml, each a frozen dataclass that checks its own values."""

from jobs.config.sections.evaluation import EvaluateConfig
from jobs.config.sections.images import LEAST_SIDE, DataConfig, Size, ViewsConfig
from jobs.config.sections.network import LAYERS, HeadConfig, Layer, ModelConfig, Precision
from jobs.config.sections.training import BranchesConfig, ContoursConfig, TrainConfig

__all__ = [
    "LAYERS",
    "LEAST_SIDE",
    "BranchesConfig",
    "ContoursConfig",
    "DataConfig",
    "EvaluateConfig",
    "HeadConfig",
    "Layer",
    "ModelConfig",
    "Precision",
    "Size",
    "TrainConfig",
    "ViewsConfig",
]
