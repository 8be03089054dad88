"""The layout of the root, as DESIGN and the README tell it, and commands that parse."""

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
def test_where_artifacts_lie(location: Location, folder: str):
    """Each has its folder, and a command that mammo takes makes it."""
    assert location.folder == Path("study-root", folder)
    word, *line = shlex.split(location.command)
    options, _ = cli.parse(line)
    assert (word, options.root) == ("mammo", Path("study-root"))


def test_a_fold_s_command_names_the_fold():
    """What is to be typed for one model trains that model."""
    options, _ = cli.parse(shlex.split(RUN.model("fold3").command)[1:])
    assert (options.fold, options.all, options.run) == (3, False, "first")
    options, _ = cli.parse(shlex.split(RUN.model("all").command)[1:])
    assert (options.fold, options.all) == (None, True)


def test_what_lies_in_a_run():
    """Its study and its page."""
    assert RUN.study == Path("study-root/runs/first/study.yaml")
    assert RUN.report == Path("study-root/runs/first/report.html")
