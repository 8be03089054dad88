"""`kubectl kustomize`, which what mammo renders is held against."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml


def rendered(folder: Path) -> list[dict[str, Any]]:
    """The documents of a kustomization as kubectl renders them; skips the test without it."""
    if not shutil.which("kubectl"):
        pytest.skip("kubectl is not there")
    done = subprocess.run(
        ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def by_name(documents: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Documents by kind and name: kustomize has an order of its own."""
    found = {(each["kind"], each["metadata"]["name"]): each for each in documents}
    assert len(found) == len(documents)
    return found
