"""What cannot be trained together is refused, with the key that says so."""

from dataclasses import replace

import pytest

from jobs.common.errors import ConfigError
from jobs.config.sections import BranchesConfig, DataConfig, TrainConfig
from jobs.config.study import Study
from jobs.training.together.kinds import require_together

REFUSED = {
    "train.live": replace(Study(), train=TrainConfig(live=True)),
    "train.start_from": replace(Study(), train=TrainConfig(start_from="other")),
    "train.join": replace(Study(), train=TrainConfig(join="other")),
    "data.order": replace(Study(), data=DataConfig(order="augment-first")),
    "branches.calcifications": replace(Study(), branches=BranchesConfig(calcifications=True)),
}


@pytest.mark.parametrize("key", REFUSED)
def test_it_is_refused_by_its_key(key: str):
    with pytest.raises(ConfigError, match=f"^{key} must be "):
        require_together(REFUSED[key])


def test_the_default_study_is_not():
    require_together(Study())
