"""Many of the report's heads compute what one does."""

from dataclasses import replace

import numpy as np
import pytest

from jobs.common.errors import ConfigError
from jobs.config.sections import HeadConfig
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.classifier import feature_classifier
from jobs.training.together.conv_heads import ConvHeads
from tests.jobs.training.together.arrays import Maps, spec

DRAWN = np.random.default_rng(3).normal(size=(4, 7, 6, 5)).astype(np.float16)
MAPS = Maps({str(number): each for number, each in enumerate(DRAWN)})
VIEWS = MAPS.views(MAPS.maps)


@pytest.mark.parametrize(("kernel", "pool"), [(1, 2), (3, 2), (2, 3)])
def test_they_begin_as_mammo_train_does_and_say_the_same(kernel: int, pool: int):
    """Of any kernel and pool, and each head by its own seed."""
    study = Study(head=HeadConfig(filters=3, kernel=kernel, pool=pool))
    kind = ConvHeads(study.head, MAPS)
    specs = [spec(study, model) for model in ("fold0", "fold1")]
    found = kind.logits(kind.initial(specs), kind.load(VIEWS)).numpy()
    for head, model in enumerate(("fold0", "fold1")):
        classifier = feature_classifier(study, model, MAPS.shape)
        expected = classifier.logits(tf_runtime.tensor(DRAWN)).numpy()
        np.testing.assert_allclose(found[:, head], expected, rtol=1e-4, atol=1e-5)


def test_a_kernel_that_does_not_fit_is_refused():
    """With the message of `mammo train`."""
    head = HeadConfig(kernel=9)
    with pytest.raises(ConfigError, match=r"head\.kernel must fit"):
        ConvHeads(head, MAPS).initial([spec(replace(Study(), head=head))])
