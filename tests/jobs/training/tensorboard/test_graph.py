"""The graph of base and head: Keras's own layers and their connections."""

import pytest

from jobs.config.sections import HeadConfig, ModelConfig, ViewsConfig
from jobs.config.study import Study
from jobs.model import tf_runtime
from jobs.model.classifier import feature_classifier
from jobs.training.tensorboard.graph import graph_of

STUDY = Study(views=ViewsConfig(size=(139, 107)), model=ModelConfig(layer="mixed1"))


def make(study: Study, shape: tuple[int, ...]):
    graph = graph_of(study, feature_classifier(study, "fold0", shape).trained)
    return {node.name: node for node in graph.node}


@pytest.fixture(scope="module")
def nodes():
    tf_runtime.start().keras.applications.InceptionV3(weights=None, input_shape=(139, 107, 3))
    return make(STUDY, (15, 11, 288))


def test_layers_have_keras_names_whatever_was_built_before(nodes):
    """Keras numbers layers through all models of a process; the drawn names always start at 0."""
    assert nodes["inception_v3/stem/conv2d"].op == "Conv2D"
    assert list(nodes["inception_v3/stem/conv2d"].input) == ["views"]
    # Inception V3 has 12 convolutions up to mixed0, and 19 up to mixed1 (Szegedy et al. 2016).
    convolutions = [
        name for name, node in nodes.items() if node.op == "Conv2D" and "/conv2d" in name
    ]
    assert sorted(int(name.rpartition("conv2d")[2].strip("_") or 0) for name in convolutions) == [
        *range(19)
    ]


def test_layers_are_in_the_scope_of_their_block(nodes):
    """The stem has Inception V3's first five convolutions; a block ends with its concatenation."""
    scopes = {name.rpartition("/")[0] for name in nodes}
    assert scopes == {"", "inception_v3/stem", "inception_v3/mixed0", "inception_v3/mixed1", "head"}
    stem = [name for name in nodes if name.startswith("inception_v3/stem/conv2d")]
    assert len(stem) == 5
    assert len(nodes["inception_v3/mixed0/mixed0"].input) == 4


def test_the_head_is_on_the_base(nodes):
    """The head's first layer takes the features, though it is trained without the base."""
    assert list(nodes["head/convolution"].input) == ["inception_v3/mixed1/mixed1"]
    assert list(nodes["head/fully_connected"].input) == ["head/flatten"]


def test_shapes_are_shown(nodes):
    """Each edge has the shape of what flows along it; the number of views is open."""
    shape = nodes["inception_v3/mixed1/mixed1"].attr["_output_shapes"].list.shape[0]
    assert [dimension.size for dimension in shape.dim] == [-1, 15, 11, 288]


def test_every_input_is_a_node(nodes):
    """No edge leads nowhere."""
    assert {name for node in nodes.values() for name in node.input} <= nodes.keys()


def test_pooling_is_shown():
    """With model.pooling average, the head takes the average."""
    study = Study(
        views=STUDY.views,
        model=ModelConfig(layer="mixed0", pooling="average"),
        head=HeadConfig(pool=1),
    )
    nodes = make(study, (1, 1, 256))
    assert list(nodes["inception_v3/pooling"].input) == ["inception_v3/mixed0/mixed0"]
    assert list(nodes["head/convolution"].input) == ["inception_v3/pooling"]
