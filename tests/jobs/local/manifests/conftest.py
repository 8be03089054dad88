"""A copy of k8s/."""

import shutil
from pathlib import Path

import pytest

from tests.jobs.local.manifests.copies import K8S


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of k8s/ that a test may spoil."""
    return shutil.copytree(K8S, tmp_path / "k8s")
