"""A root with features, which is made once."""

import shutil
from argparse import Namespace
from pathlib import Path

import pytest

from jobs import cli
from jobs.common.progress import silent
from jobs.stages import embed, prepare, weights
from tests.jobs.stages.small_study import embed_options, write_config
from tests.releases import make_rows, write_release


@pytest.fixture(scope="session")
def embedded(tmp_path_factory) -> Path:
    """A root with a dataset of 24 images, random weights and features; not to be changed."""
    folder = tmp_path_factory.mktemp("embedded")
    release = write_release(folder / "release", make_rows(patients=12, sick=6))
    root = folder / "root"
    config = write_config(root)
    options = Namespace(root=root, config=config, overrides=[], release=release, strict=True)
    cli.call(prepare, options, silent)
    cli.call(weights, Namespace(root=root, config=config, overrides=[], url=""), silent)
    cli.call(embed, embed_options(root), silent)
    return root


@pytest.fixture
def root(embedded, tmp_path) -> Path:
    """A copy of `embedded` to change."""
    return shutil.copytree(embedded, tmp_path / "root")
