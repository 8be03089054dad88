"""Fixtures that every test may use."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from jobs.model import tf_runtime
from tests.trained import train_runs

# A shared machine is no place for deadlines.
settings.register_profile("untimed", deadline=None, max_examples=50)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def tensorflow() -> None:
    """TensorFlow takes its threads before its first operation, which may be any test's."""
    tf_runtime.start()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it are skipped without it."""
    folder = Path(os.environ.get("MAMMO_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip(f"the real data is not there: {folder.name}/ beside the checkout")
    return folder


@pytest.fixture(scope="session")
def trained_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root with runs that were really trained, as `tests.trained` says; not to be changed."""
    root = tmp_path_factory.mktemp("trained") / "root"
    train_runs(root)
    return root
