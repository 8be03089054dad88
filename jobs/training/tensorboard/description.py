"""What TensorBoard shows of a model before its training: settings, network, views."""

from jobs.artifacts.lineage import settings
from jobs.config.difference import setting_text
from jobs.data.dataset import Dataset
from jobs.training.loop import Trainer
from jobs.training.tensorboard.graph import graph_of
from jobs.training.tensorboard.log import TensorBoardLog
from jobs.training.tensorboard.views import picture_views


def describe_model(log: TensorBoardLog, run: str, trainer: Trainer, dataset: Dataset) -> None:
    """Writes the settings of the run with this name, the graph of base and head, example views."""
    study = trainer.study
    log.settings(run, {name: _value(value) for name, value in settings(study).items()})
    log.graph(graph_of(study, trainer.model.head))
    for label, picture in picture_views(study, dataset, trainer.training_set).items():
        log.views(label, picture)


def _value(value: object) -> bool | int | float | str:
    """As TensorBoard takes it: a list is written out."""
    return value if isinstance(value, bool | int | float) else setting_text(value)
