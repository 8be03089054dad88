"""figures -> page."""

import json
import shutil
from argparse import Namespace

import pytest

from jobs import cli
from jobs.common.errors import DataError, MissingInputError
from jobs.common.progress import silent
from jobs.stages import report


@pytest.fixture
def run(reported, tmp_path):
    """A copy of the reported run, to be changed: its options and its folder."""
    root = tmp_path / "root"
    shutil.copytree(reported.parents[1], root)
    return Namespace(root=root, run="trial"), root / "runs" / "trial"


def test_the_page_is_there(reported, capsys):
    """One file beside the study, whole."""
    page = (reported / "report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    assert not list(reported.glob(".*writing*"))


def test_its_path_is_said(run, capsys):
    """The last thing on stdout is where the page lies."""
    options, folder = run
    line = ["report", "--root", str(options.root), "--run", options.run]
    (folder / "report.html").unlink()
    for outcome in ("done", "up to date"):
        assert cli.main(line) == 0
        assert capsys.readouterr().out == f"{folder}/report.html: {outcome}\n"


def test_the_same_run_gives_the_same_page(run):
    """Made again from the same files, byte for byte."""
    options, folder = run
    before = (folder / "report.html").read_bytes()
    cli.call(report, options, silent)
    assert (folder / "report.html").read_bytes() == before


def test_missing_figures_name_the_command(run):
    """Exit 69 with the command that makes them."""
    options, folder = run
    shutil.rmtree(folder / "evaluation")
    with pytest.raises(MissingInputError, match="evaluation is missing: run mammo evaluate --root"):
        cli.call(report, options, silent)


def test_figures_of_other_models_are_refused(run):
    """A page never mixes one training's curves with another's figures."""
    options, folder = run
    manifest = folder / "fold1" / "manifest.json"
    document = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**document, "key": "f" * 64}))
    with pytest.raises(DataError, match="holds the figures of other models"):
        cli.call(report, options, silent)


def test_a_damaged_figure_is_refused(run):
    """What goes into the page unescaped is what evaluate wrote."""
    options, folder = run
    (folder / "evaluation" / "categories.svg").write_text("<script>alert(1)</script>")
    with pytest.raises(DataError, match=r"categories\.svg is not what was written"):
        cli.call(report, options, silent)


def test_upstream_artifacts_may_be_gone(run):
    """Features are large and may be removed after training; the page says so."""
    options, folder = run
    shutil.rmtree(options.root / "features")
    cli.call(report, options, silent)
    assert "no longer under this root" in (folder / "report.html").read_text(encoding="utf-8")
