"""What comes before the head: Inception V3 of a checkpoint, or a small network from scratch."""

from pathlib import Path

from jobs.config.study import Study
from jobs.model.graph import Network
from jobs.model.inception_v3 import read_network, split_before
from jobs.model.small_networks import initial_network


def read_base(study: Study, model: str, checkpoint: Path | None) -> Network:
    """The base as a study's model begins with it.

    Args:
        model: fold0, fold1, ... or all.
        checkpoint: of Inception V3; None where the study needs none.

    Raises:
        DataError: the checkpoint is not Inception V3's, or does not reach `model.layer`.
    """
    if study.model.from_scratch:
        return initial_network(study, model)
    assert checkpoint, "Inception V3 has its weights from a checkpoint"
    return read_network(checkpoint, study.model.layer)


def split_base(study: Study, base: Network) -> tuple[Network, Network]:
    """What stays as it is, and what is trained; the second's input is the first one's output.

    Either may be empty.
    """
    if study.model.from_scratch:
        return (), base
    return split_before(base, study.train.unfreeze_from)
