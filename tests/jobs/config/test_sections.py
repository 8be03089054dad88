"""The sections of study.yaml: what each value may be."""

from collections.abc import Callable

import pytest

from jobs.config.sections import LAYERS

Refused = Callable[[str], str]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: -1", "seed must be between 0 and 2**32 - 1; got -1"),
        ("seed: 4294967296", "seed must be between 0 and 2**32 - 1; got 4294967296"),
        ("data: {sick: []}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [7]}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [4, 4]}", "data.sick must be some, not all, of the BI-RADS categories"),
        ("data: {sick: [0, 1, 2, 3, 4, 5, 6]}", "data.sick must be some, not all, of the BI-RADS"),
        ("data: {folds: 0}", "data.folds must be at least 2; got 0"),
        ("data: {folds: 1}", "data.folds must be at least 2; got 1"),
        ("data: {test: 0}", "data.test must be between 0 and 1; got 0.0"),
        ("data: {test: 1}", "data.test must be between 0 and 1; got 1.0"),
        ("data: {window: 0}", "data.window must be at least 1; got 0"),
        ("data: {window: -1}", "data.window must be at least 1; got -1"),
        ("views: {size: [74, 299]}", "views.size must be at least 75 x 75 (rows, columns); got"),
        (
            "views: {window: [50, 50]}",
            "views.window must be two rising percentiles; got (50.0, 50.0)",
        ),
        ("views: {window: [-1, 50]}", "views.window must be two rising percentiles"),
        ("views: {window: [1, 101]}", "views.window must be two rising percentiles"),
        ("views: {healthy: 0}", "views.healthy must be at least 1; got 0"),
        ("views: {sick: 0}", "views.sick must be at least 1; got 0"),
        ("views: {flip: 1.1}", "views.flip must be a probability; got 1.1"),
        ("views: {crop: 0.5}", "views.crop must be at least 0 and below 0.5; got 0.5"),
        ("views: {contrast: 1}", "views.contrast must be at least 0 and below 1; got 1.0"),
        ("views: {brightness: 2}", "views.brightness must be between 0 and 1; got 2.0"),
        ("views: {noise: -0.1}", "views.noise must be between 0 and 1; got -0.1"),
        ("views: {select: fb}", "views.select must be one of all, cc, mlo; got 'fb'"),
        ("views: {rotation: -1}", "views.rotation must be from 0 to 180; got -1.0"),
        ("views: {rotation: 181}", "views.rotation must be from 0 to 180; got 181.0"),
        ("views: {elastic: 0.06}", "views.elastic must be from 0 to 0.05, beyond which a view may"),
        ("views: {elastic: -0.01}", "views.elastic must be from 0 to 0.05"),
        ("head: {filters: 0}", "head.filters must be at least 1; got 0"),
        ("head: {kernel: 0}", "head.kernel must be at least 1; got 0"),
        ("head: {pool: 0}", "head.pool must be at least 1; got 0"),
        ("head: {kind: locl}", "head.kind must be one of conv_pool, local; got 'locl'; did you"),
        ("head: {hidden: 0}", "head.hidden must be at least 1; got 0"),
        ("head: {members: 0}", "head.members must be at least 1; got 0"),
        ("head: {dropout: 1}", "head.dropout must be at least 0 and below 1; got 1.0"),
        ("head: {top: 0}", "head.top must be above 0 and at most 1; got 0.0"),
        ("head: {top: 0.1}", "head.top must be 0.01, the default, where head.kind is conv_pool; "),
        (
            "head: {kind: local, filters: 8}",
            "head.filters must be 32, the default, where head.kind is local; got 8",
        ),
        (
            "{head: {kind: local}, train: {live: true}}",
            "train.live must be false where head.kind is local",
        ),
        (
            "{head: {kind: local}, model: {pooling: average}}",
            "model.pooling must be none where head.kind is local; got 'average'",
        ),
        ("contours: {weight: 1}", "contours.weight must be 0 unless head.kind is local; got 1.0"),
        ("contours: {mass: -1}", "contours.mass must be between 0 and 1,000; got -1.0"),
        ("contours: {mass: .inf}", "contours.mass must be"),
        ("train: {weight_decay: 1}", "train.weight_decay must be from 0 to below 1; got 1.0"),
        ("train: {class_weights: equal}", "train.class_weights must be one of none, balanced; got"),
        ("evaluate: {context: breast}", "evaluate.context must be one of none, exam; got 'breast'"),
        ("evaluate: {temperature: 2}", "evaluate.temperature must be one of none, fitted; got 2"),
        ("train: {epochs: 0}", "train.epochs must be at least 1; got 0"),
        ("train: {batch: 0}", "train.batch must be at least 1; got 0"),
        (f"train: {{batch: {10**21}}}", "train.batch must be at most 100,000; got 10000000000000"),
        ("train: {epochs: 100001}", "train.epochs must be at most 100,000; got 100001"),
        ("head: {filters: 100001}", "head.filters must be at most 100,000; got 100001"),
        ("data: {folds: 100001}", "data.folds must be at most 100,000; got 100001"),
        ("views: {sick: 100001}", "views.sick must be at most 100,000; got 100001"),
        ("views: {size: [299, 10001]}", "views.size must be at most 10,000 x 10,000; got (299, 1"),
        ("evaluate: {bootstrap: 1000001}", "evaluate.bootstrap must be at most 1,000,000; got"),
        ("model: {pooling: average}", "head.pool must be 1 where model.pooling is average; got 2"),
        (
            "{data: {order: augment-first}, train: {live: true}}",
            "data.order must be split-first where train.live is true: its views are new in every",
        ),
        (
            "{data: {order: augment-first}, views: {healthy: 4}}",
            "views.healthy must be at least data.folds where data.order is augment-first",
        ),
        (
            "train: {start_from: ''}",
            "train.start_from must be none, a run's name or the path of its folder; got ''",
        ),
        (
            "model: {network: conv2}",
            "model.network must be inception_v3 unless train.live is true: stored features are",
        ),
        (
            "{model: {network: conv3, weights: imagenet}, train: {live: true}}",
            "model.weights must be random, the default, where model.network is conv3; got",
        ),
        (
            "{model: {network: conv2, layer: mixed7}, train: {live: true}}",
            "model.layer must be mixed10, the default, where model.network is conv2; got",
        ),
        (
            "{model: {network: conv2}, train: {live: true, unfreeze_from: mixed10}}",
            "train.unfreeze_from must be none where model.network is conv2: all of it is trained",
        ),
        ("train: {learning_rate: 0}", "train.learning_rate must be above 0; got 0.0"),
        (
            "train: {unfreeze_from: mixed8}",
            "train.unfreeze_from must be none unless train.live is true",
        ),
        (
            "model: {precision: float64}",
            "model.precision must be one of float32, bfloat16, float16, int8, auto; got 'float64'",
        ),
        (
            "{model: {precision: int8}, train: {live: true}}",
            "model.precision must be float32 where train.live is true; got 'int8'",
        ),
        (
            "{model: {layer: mixed7}, train: {live: true, unfreeze_from: mixed8}}",
            "train.unfreeze_from must be none, or model.layer mixed7 or an earlier one; got 'mix",
        ),
        ("branches: {pixel: 0.0}", "branches.pixel must be above 0 and at most 1 (mm); got 0.0"),
        ("branches: {pixel: 70.0}", "branches.pixel must be above 0 and at most 1 (mm); got 70"),
        ("branches: {proposals: 0}", "branches.proposals must be at least 1; got 0"),
        ("branches: {candidates: 10001}", "branches.candidates must be at most 10,000; got"),
        ("branches: {epochs: 0}", "branches.epochs must be at least 1; got 0"),
        ("evaluate: {bootstrap: 99}", "evaluate.bootstrap must be at least 100; got 99"),
    ],
)
def test_a_value_out_of_range(refused: Refused, text: str, message: str):
    """The key, the rule and the value."""
    assert refused(text).startswith(message)


def test_the_layers():
    """Inception V3's blocks are called mixed0 to mixed10, from the input on."""
    assert tuple(f"mixed{number}" for number in range(11)) == LAYERS
