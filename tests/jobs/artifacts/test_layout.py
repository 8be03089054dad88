"""The layout of the root, and the commands that make what lies there."""

import shlex
from pathlib import Path

import pytest

from jobs import cli
from jobs.artifacts.layout import Location, Root
from mammo_tfds.inbreast.inbreast_dataset_builder import Builder

ROOT = Root(Path("study-root"))
RUN = ROOT.run("first")


@pytest.mark.parametrize(
    ("location", "folder"),
    [
        (ROOT.dataset, f"dataset/inbreast/{Builder.VERSION}"),
        (ROOT.weights("ab"), "weights/ab"),
        (ROOT.engine("ab"), "engines/ab"),
        (ROOT.features("ab"), "features/ab"),
        (RUN.model("fold3"), "runs/first/fold3"),
        (RUN.model("all"), "runs/first/all"),
        (RUN.evaluation, "runs/first/evaluation"),
    ],
)
def test_each_artifact_has_its_folder_and_its_command(location: Location, folder: str):
    """The command is one that mammo can parse."""
    assert location.folder == Path("study-root", folder)
    word, *line = shlex.split(location.command)
    options, _ = cli.parse(line)
    assert (word, options.root) == ("mammo", Path("study-root"))


def test_the_command_of_a_model_trains_that_model():
    """--fold K for a fold's model, --all for the all-data model."""
    options, _ = cli.parse(shlex.split(RUN.model("fold3").command)[1:])
    assert (options.fold, options.all, options.run) == (3, False, "first")
    options, _ = cli.parse(shlex.split(RUN.model("all").command)[1:])
    assert (options.fold, options.all) == (None, True)


def test_the_files_of_a_run():
    """Its study.yaml and its report."""
    assert RUN.study == Path("study-root/runs/first/study.yaml")
    assert RUN.report == Path("study-root/runs/first/report.html")
