"""YAML, read strictly: duplicate keys, and numbers without a point."""

import pytest
import yaml

from jobs.config.strict_yaml import StrictLoader


@pytest.mark.parametrize("text", ["1e-3", "1E-3", "+1e-3", "1.e-3", "0.1e-2", "10e-4"])
def test_a_number_in_powers_of_ten_is_a_number(text: str):
    """As YAML 1.2 has it; YAML 1.1 takes those without a point for text."""
    assert yaml.load(text, Loader=StrictLoader) == pytest.approx(0.001)


@pytest.mark.parametrize("text", ["1e5x", "e5", "1e", "1 e5"])
def test_what_merely_looks_like_a_number_is_text(text: str):
    """Nothing else becomes a number."""
    assert yaml.load(text, Loader=StrictLoader) == text


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", "{a: 1, a: 1}", "- {b: {a: 1, a: 2}}"])
def test_a_duplicate_key_is_an_error(text: str):
    """At any depth, also where both have the same value; the error names the key."""
    with pytest.raises(yaml.YAMLError, match="duplicate key a"):
        yaml.load(text, Loader=StrictLoader)


def test_the_same_key_in_two_mappings_is_none():
    """Only within one mapping is a key a duplicate."""
    document = yaml.load("x: {a: 1}\ny: {a: 2}\na: 3", Loader=StrictLoader)
    assert document == {"x": {"a": 1}, "y": {"a": 2}, "a": 3}
