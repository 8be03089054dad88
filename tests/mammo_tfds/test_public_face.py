"""What `import mammo_tfds` and its packages offer."""

import importlib
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import mammo_tfds

ROOMS = ("inbreast", "phantom", "pixels", "release")
PACKAGES = ("mammo_tfds", *(f"mammo_tfds.{room}" for room in ROOMS))


@pytest.mark.parametrize("package", PACKAGES)
def test_exported_names_can_be_imported(package: str):
    """Every exported name is there, and documented with an example."""
    module = importlib.import_module(package)
    assert module.__all__
    for name in module.__all__:
        assert ">>> " in (getattr(module, name).__doc__ or ""), name


def test_the_version_is_the_project_s():
    """`__version__` is the version in pyproject.toml, which has it alone."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert mammo_tfds.__version__ == project["version"]


def test_an_unknown_name():
    """An unknown name is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match="nothing_of_this_name"):
        mammo_tfds.nothing_of_this_name  # noqa: B018


def test_the_import_is_light():
    """The import loads no array or image library, as exported names are imported on first use."""
    code = "import mammo_tfds, sys; print({'numpy', 'scipy', 'pydicom'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout == "set()\n"
