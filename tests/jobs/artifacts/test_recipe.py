"""Keys: a function of content alone, and of all of it."""

import json
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jobs.artifacts.recipe import Recipe, canonical_json
from tests.jobs.artifacts.artifacts import OTHER, RECIPE

leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
leaves = leaves.filter(lambda value: value not in (float("inf"), -float("inf")))
configurations = st.dictionaries(
    st.text(),
    st.recursive(
        leaves, lambda of: st.lists(of, max_size=4) | st.dictionaries(st.text(), of, max_size=4)
    ),
    max_size=4,
)


def shuffled(value: object, order: random.Random) -> object:
    """The same value, the keys of its dicts in another order."""
    if isinstance(value, dict):
        items = [(key, shuffled(one, order)) for key, one in value.items()]
        return dict(order.sample(items, len(items)))
    return [shuffled(one, order) for one in value] if isinstance(value, list) else value


def leaf_paths(value: object, path: tuple = ()) -> list[tuple]:
    """The paths of all values in it that are neither a dict nor a list."""
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for key, one in inner for leaf in leaf_paths(one, (*path, key))]
    return [path]


@given(configurations, st.randoms())
def test_the_order_of_keys_does_not_matter(configuration: dict, order: random.Random):
    """A key depends on the content, not on the order in which it was written down."""
    other = shuffled(configuration, order)
    assert Recipe("a", {}, configuration).key == Recipe("a", {}, other).key  # type: ignore[arg-type]


@given(configurations, leaves, st.data())
def test_any_changed_value_changes_the_key(configuration: dict, value: object, data: st.DataObject):
    """No value of a configuration, however deep, can change without changing the key."""
    before = canonical_json(configuration)
    paths = leaf_paths(configuration)
    assume(paths)
    *path, last = data.draw(st.sampled_from(paths))
    parent = configuration
    for key in path:
        parent = parent[key]
    assume((parent[last], type(parent[last])) != (value, type(value)))
    recipe = Recipe("a", {}, json.loads(before))
    parent[last] = value
    assert Recipe("a", {}, configuration).key != recipe.key


@pytest.mark.parametrize(
    "other",
    [
        Recipe("train", RECIPE.inputs, RECIPE.configuration),
        Recipe("embed", {"dataset": "ac" * 32}, RECIPE.configuration),
        Recipe("embed", {"data": "ab" * 32}, RECIPE.configuration),
        Recipe("embed", RECIPE.inputs, RECIPE.configuration, format=2),
        OTHER,
    ],
)
def test_all_parts_of_a_recipe_count(other: Recipe):
    """Stage, inputs, configuration and format determine the key."""
    assert other.key != RECIPE.key


def test_a_known_key():
    """The key of one recipe, by hand: sha256sum of its canonical JSON. It must never change."""
    recipe = Recipe("weights", {}, {"source": "random", "seed": 20})
    text = (
        '{"configuration":{"seed":20,"source":"random"},"format":1,"inputs":{},"stage":"weights"}'
    )
    assert (
        canonical_json(
            {"stage": "weights", "inputs": {}, "format": 1, "configuration": recipe.configuration}
        )
        == text
    )
    assert recipe.key == "305dc65e5503b25873c7b9e91624c4ebcabce395daecb4cb6e9861d2d352ea56"
