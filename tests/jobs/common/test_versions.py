"""Which software a process is, as an artifact's manifest says it."""

import importlib.metadata
import subprocess

import pytest

from jobs.common.versions import software_versions


@pytest.fixture(autouse=True)
def uncached():
    """Versions, which are found once a process, are found anew in each test."""
    software_versions.cache_clear()
    yield
    software_versions.cache_clear()


def test_versions_name_what_computed():
    """Python, the libraries and the code; no path, host or user."""
    found = software_versions()
    assert found["numpy"] == importlib.metadata.version("numpy")
    assert {"python", "mammo", "pydicom", "tensorflow-datasets"} <= set(found)
    assert not [value for value in found.values() if "/" in value]


def test_an_image_says_what_it_is(monkeypatch: pytest.MonkeyPatch):
    """In an image its digest and the code's revision come from the environment."""
    monkeypatch.setenv("MAMMO_REVISION", "3f2a91c")
    monkeypatch.setenv("MAMMO_IMAGE_DIGEST", "sha256:77af4d6b")
    found = software_versions()
    assert (found["mammo"], found["image"]) == ("3f2a91c", "sha256:77af4d6b")


def test_without_git_the_code_has_its_version(monkeypatch: pytest.MonkeyPatch):
    """Where git is missing or fails, the package's version stands for the revision."""
    monkeypatch.delenv("MAMMO_REVISION", raising=False)

    def no_git(*_: object, **__: object) -> None:
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", no_git)
    assert software_versions()["mammo"] == importlib.metadata.version("mammo")
