"""The public face: what others may import, with examples that run."""

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

from tests.rooms import modules

PACKAGES = [
    name
    for name, path in modules().items()
    if path.name == "__init__.py" and "lazy.attach" in path.read_text()
]
PUBLIC = [
    (package, name) for package in PACKAGES for name in importlib.import_module(package).__all__
]


def test_packages_name_what_others_may_import():
    """Predictions and metrics, displays, views, the dataset, trained models, the study."""
    assert set(PACKAGES) >= {
        "jobs.config",
        "jobs.data",
        "jobs.evaluation",
        "jobs.model",
        "jobs.plots",
        "jobs.views",
        "mammo_tfds",
    }


@pytest.mark.parametrize(("package", "name"), PUBLIC)
def test_its_example_runs(package: str, name: str, trained_root: Path):
    """Each public name has an example in its docstring, which says what comes out.

    `root` is the root of a study with a run called first.
    """
    found = getattr(importlib.import_module(package), name)
    module = inspect.getmodule(found)
    assert module
    finder = doctest.DocTestFinder(recurse=False)
    given = {**vars(module), "root": trained_root}
    examples = [test for test in finder.find(found, name, module, globs=given) if test.examples]
    assert examples, f"{package}.{name} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for example in examples:
        assert runner.run(example).failed == 0
