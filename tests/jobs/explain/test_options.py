"""Methods and their settings, as a command line gives them."""

import pytest

from jobs.common.errors import UsageError
from jobs.explain.methods import METHODS
from jobs.explain.options import choose_methods, read_options


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
    ],
)
def test_a_wrong_setting_is_named(setting: str, message: str):
    """With what there is."""
    with pytest.raises(UsageError, match=message):
        read_options([setting])
