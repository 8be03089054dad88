"""The extractor of a study: of the kind, the layer and the dtype that it names."""

import numpy as np
import pytest

from jobs.config.study import HeadConfig, ModelConfig, Study, ViewsConfig
from jobs.model import openvino_runtime
from jobs.model.extractor import make_extractor
from jobs.model.inception_v3 import read_network
from tests.jobs.model.networks import model_of
from tests.processors import needs_int8

SIZE = (80, 75)
STUDY = Study(
    views=ViewsConfig(size=SIZE),
    model=ModelConfig(layer="mixed0", pooling="average"),
    head=HeadConfig(pool=1),
)
VIEWS = np.zeros((2, *SIZE, 1), np.float32)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_floats_need_the_checkpoint_alone(checkpoint, precision):
    """The study's layer and pooling, in the dtype that is asked for."""
    extractor = make_extractor(STUDY, precision, checkpoint, None, "float16")
    features = extractor.features(VIEWS)
    assert features.shape == (2, 1, 1, 256)
    assert features.dtype == np.float16
    assert extractor.determinism["op_determinism"]


@needs_int8
def test_int8_is_computed_by_the_quantised_model(checkpoint, tmp_path):
    """Its file is read; the checkpoint is not."""
    path = tmp_path / "model.xml"
    openvino_runtime.write_model(model_of(read_network(checkpoint, "mixed0"), SIZE), path)
    extractor = make_extractor(STUDY, "int8", tmp_path / "no-checkpoint", path)
    assert extractor.features(VIEWS).shape == (2, 1, 1, 256)
    assert (extractor.device, extractor.gpu) == ("cpu", None)
