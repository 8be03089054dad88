"""A document that does not fit the configuration: which key, which rule, which value."""

from collections.abc import Callable

import pytest

Refused = Callable[[str], str]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "train: {lerning_rate: 1.0}",
            "unknown key train.lerning_rate; did you mean learning_rate?",
        ),
        ("trian: {}", "unknown key trian; did you mean train?"),
        ("model: {xyz: 1}", "unknown key model.xyz; known keys: network, weights, layer, "),
        ("20: seed", "unknown key 20; known keys: seed, data, "),
        ("null: 1", "unknown key None; "),
    ],
)
def test_an_unknown_key_names_the_nearest(refused: Refused, text: str, message: str):
    """A key that is none is an error with the key that was probably meant, or all there are."""
    assert refused(text).startswith(message)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed: twenty", "seed must be a whole number; got 'twenty'"),
        ("seed: true", "seed must be a whole number; got True"),
        ("train: {batch: 1e21}", "train.batch must be a whole number; got 1e+21"),
        ("seed: 20.0", "seed must be a whole number; got 20.0"),
        ("seed:", "seed must be a whole number; got None"),
        ("seed: 2024-01-31", "seed must be a whole number; got datetime.date(2024, 1, 31)"),
        ("data: {test: yes}", "data.test must be a number; got True"),
        ("data: {test: '0.2'}", "data.test must be a number; got '0.2'"),
        ("data: {sick: 4}", "data.sick must be a list; got 4"),
        ("data: {sick: [4, x]}", "data.sick[1] must be a whole number; got 'x'"),
        ("data: {sick: [true]}", "data.sick[0] must be a whole number; got True"),
        (
            "data: {window: second}",
            "data.window must be first, widest, none or a whole number; got 'second'",
        ),
        (
            "data: {window: true}",
            "data.window must be first, widest, none or a whole number; got T",
        ),
        ("data: {window: 1.0}", "data.window must be first, widest, none or a whole number; got 1"),
        ("data: {window: [1]}", "data.window must be first, widest, none or a whole number; got ["),
        ("data: {window: }", "data.window must be first, widest, none or a whole number; got None"),
        ("views: {size: [299]}", "views.size must be a list of 2; got [299]"),
        ("views: {size: 299}", "views.size must be a list; got 299"),
        ("views: {size: [299, 299.5]}", "views.size[1] must be a whole number; got 299.5"),
        ("views: {region: left}", "views.region must be one of breast, image; got 'left'"),
        ("views: {region: [breast]}", "views.region must be one of breast, image; got ['breast']"),
        ("model: {weights: 3}", "model.weights must be text; got 3"),
        ("model: {layer: mixed11}", "model.layer must be one of mixed0, mixed1, "),
        ("model: {stored: 16}", "model.stored must be one of float32, float16; got 16"),
        ("evaluate: {threshold: 0.5}", "evaluate.threshold must be one of youden; got 0.5"),
        ("train:", "train must be a mapping of keys; got nothing"),
        ("train: [1]", "train must be a mapping of keys; got list"),
        ("data: {test: .nan}", "data.test must be finite; got nan"),
        ("train: {learning_rate: .inf}", "train.learning_rate must be finite; got inf"),
        (
            f"train: {{learning_rate: 1{'0' * 400}}}",
            "train.learning_rate must be a number; got 1000",
        ),
    ],
)
def test_a_wrong_type(refused: Refused, text: str, message: str):
    """The key, the type that it must have, and what it has."""
    assert refused(text).startswith(message)


def test_a_file_that_is_no_study_is_not_quoted(refused: Refused):
    """A report given as the study by mistake does not end up in a log."""
    message = refused("Jane Doe, born 1950, has a mass in the left breast.\n" * 50)
    assert message == "the file must be a mapping of keys; got str"
    assert len(refused(f"seed: {'x' * 10_000}\n")) < 150
