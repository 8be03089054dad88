"""`contours`, `train` and `branches`: what each value may be."""

from collections.abc import Callable

import pytest

Refused = Callable[[str], str]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "{head: {kind: local}, train: {live: true}}",
            "train.live must be false where head.kind is local",
        ),
        ("contours: {weight: 1}", "contours.weight must be 0 unless head.kind is local; got 1.0"),
        ("contours: {mass: -1}", "contours.mass must be between 0 and 1,000; got -1.0"),
        ("contours: {mass: .inf}", "contours.mass must be"),
        ("train: {weight_decay: 1}", "train.weight_decay must be from 0 to below 1; got 1.0"),
        ("train: {class_weights: equal}", "train.class_weights must be one of none, balanced; got"),
        ("train: {epochs: 0}", "train.epochs must be at least 1; got 0"),
        ("train: {batch: 0}", "train.batch must be at least 1; got 0"),
        (f"train: {{batch: {10**21}}}", "train.batch must be at most 100,000; got 10000000000000"),
        ("train: {epochs: 100001}", "train.epochs must be at most 100,000; got 100001"),
        (
            "train: {start_from: ''}",
            "train.start_from must be none, a run's name or the path of its folder; got ''",
        ),
        (
            "train: {join: ''}",
            "train.join must be none or the path of a run's folder, ROOT/runs/NAME, under another",
        ),
        (
            "train: {live: true, join: films}",
            "train.join must be none where train.live is true: another release joins by its stored",
        ),
        (
            "{model: {precision: int8}, train: {join: films}}",
            "train.join must be none where model.precision is int8: int8 is fitted to a release",
        ),
        (
            "{data: {order: augment-first}, views: {healthy: 5, sick: 5}, train: {join: films}}",
            "train.join must be none where data.order is augment-first",
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
            "{model: {layer: mixed7}, train: {live: true, unfreeze_from: mixed8}}",
            "train.unfreeze_from must be none, or model.layer mixed7 or an earlier one; got 'mix",
        ),
        ("branches: {pixel: 0.0}", "branches.pixel must be above 0 and at most 1 (mm); got 0.0"),
        ("branches: {pixel: 70.0}", "branches.pixel must be above 0 and at most 1 (mm); got 70"),
        ("branches: {proposals: 0}", "branches.proposals must be at least 1; got 0"),
        ("branches: {candidates: 10001}", "branches.candidates must be at most 10,000; got"),
        ("branches: {epochs: 0}", "branches.epochs must be at least 1; got 0"),
    ],
)
def test_a_value_out_of_range(refused: Refused, text: str, message: str):
    """The key, the rule and the value."""
    assert refused(text).startswith(message)
