"""Methods and their settings, as a command line gives them."""

import inspect

import pytest

from jobs.common.errors import UsageError
from jobs.explain.methods import METHODS
from jobs.explain.options import LIMITS, choose_methods, read_options


def test_methods_are_in_the_tables_order():
    """Whatever the order in which they are given; without any, all."""
    assert choose_methods([]) == list(METHODS)
    assert choose_methods(["grad_cam", "deconvnet"]) == ["deconvnet", "grad_cam"]


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_named_like_its_file(name: str):
    """So a newcomer finds it, and its source is named."""
    method = METHODS[name]
    assert method.compute.__module__ == f"jobs.explain.{name}"
    assert method.title and method.source


def test_settings_are_numbers_of_their_options_kind():
    """Whole where the default is."""
    read = read_options(["occlusion.patch=0.05", "occlusion.steps=2", "image_masking.c=0.2"])
    assert read == {"occlusion": {"patch": 0.05, "steps": 2}, "image_masking": {"c": 0.2}}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("occlusio.patch=1", "unknown method occlusio; did you mean occlusion"),
        ("occlusion.side=1", "options of occlusion are patch, steps, fill"),
        ("deconvnet.steps=1", "options of deconvnet are none"),
        ("occlusion.steps=0.5", "occlusion.steps must be a whole number; got '0.5'"),
        ("occlusion.patch", "must be a number; got ''"),
        ("occlusion.patch=0", "occlusion.patch must be from 0.01 to 1; got '0'"),
        ("occlusion.patch=-3", "must be from 0.01 to 1"),
        ("occlusion.steps=0", "occlusion.steps must be at least 1; got '0'"),
        ("occlusion.fill=nan", "must be from -1 to 1; got 'nan'"),
        ("image_masking.c=nan", "must be from 0 to 1; got 'nan'"),
        ("image_masking.units=0", "must be at least 1"),
        ("integrated_gradients.steps=0", "must be at least 1"),
        ("integrated_gradients.steps=-2", "must be at least 1"),
    ],
)
def test_a_wrong_setting_is_named(setting: str, message: str):
    """With what there is."""
    with pytest.raises(UsageError, match=message):
        read_options([setting])


def test_each_number_has_limits_that_its_default_keeps():
    """And no other option has any."""
    found = {}
    for method in METHODS.values():
        for name, parameter in inspect.signature(method.compute).parameters.items():
            if type(parameter.default) in (int, float):
                found[f"{method.name}.{name}"] = parameter.default
    assert found.keys() == LIMITS.keys()
    assert all(LIMITS[key][0] <= value <= LIMITS[key][1] for key, value in found.items())
