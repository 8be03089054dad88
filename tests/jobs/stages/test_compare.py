"""mammo compare: runs beside each other."""

import csv
import json
import re
import shutil
from argparse import Namespace
from dataclasses import replace

import pytest

from jobs import cli
from jobs.common.errors import DataError, MissingInputError, UsageError
from jobs.common.progress import silent
from jobs.config.sections import DataConfig, HeadConfig
from jobs.stages import compare, evaluate


@pytest.fixture(scope="module")
def root(tmp_path_factory, make_run, make_predictions, study):
    """A root with three evaluated runs: a weak model, a strong one, and one of other labels."""
    root = tmp_path_factory.mktemp("compared")
    strong = replace(study, head=HeadConfig(filters=64))
    other = replace(study, data=DataConfig(folds=3, sick=(5, 6)))
    weak_rows = make_predictions(strength=0.5)
    make_run(root, weak_rows, run="weak", study=study)
    make_run(root, make_predictions(strength=3), run="strong", study=strong)
    flipped = [replace(row, sick=row.birads in ("5", "6")) for row in weak_rows]
    make_run(root, flipped, run="other", study=other)
    for run in ("weak", "strong", "other"):
        cli.call(evaluate, Namespace(root=root, run=run), silent)
    return root


def call(root, *runs, as_json=False):
    options = Namespace(runs=[root / "runs" / run for run in runs], json=as_json)
    return cli.call(compare, options, silent)


@pytest.fixture(scope="module")
def compared(root):
    """The folder of weak against strong."""
    call(root, "weak", "strong")
    (folder,) = (root / "comparisons").glob("[!.]*")
    return folder


def test_its_figures(compared):
    """The difference has an interval that leaves zero out, and a small p-value, at each level."""
    (pair,) = json.loads((compared / "comparison.json").read_text())["pairs"]
    assert (pair["run"], pair["against"]) == ("strong", "weak")
    areas = [each for each in pair["rows"] if each["metric"] == "auc"]
    assert {(each["part"], each["name"]) for each in areas} == {
        *(("out_of_fold", name) for name in ("mean", "pooled")),
        *(("test", name) for name in ("mean", "all")),
    }
    main = areas[0]
    assert main["second"]["value"] - main["first"]["value"] == pytest.approx(
        main["difference"]["value"]
    )
    assert main["difference"]["low"] > 0
    assert main["p"] == main["p_adjusted"] < 0.05
    assert pair["settings"] == [{"name": "head.filters", "first": "32", "second": "64"}]


def test_an_area_is_that_of_the_evaluation(root, compared):
    """Where both runs have all images, each run's own area is the one of its metrics.json."""
    (pair,) = json.loads((compared / "comparison.json").read_text())["pairs"]
    metrics = json.loads((root / "runs/strong/evaluation/metrics.json").read_text())
    for each in pair["rows"]:
        entry = metrics["levels"][each["level"]][each["part"]][each["name"]]
        own = entry["figures"][each["metric"]]
        assert each["second"] == pytest.approx({key: own[key] for key in each["second"]})


def test_where_they_disagree(compared):
    """Each image that both scored out of fold is in the table, the most different ones first."""
    with (compared / "images-1.csv").open() as file:
        rows = list(csv.DictReader(file))
    distances = [abs(float(row["other_rank"]) - float(row["rank"])) for row in rows]
    assert distances == pytest.approx(sorted(distances, reverse=True), abs=1e-5)
    (pair,) = json.loads((compared / "comparison.json").read_text())["pairs"]
    counted = sum(sum(counts.values()) for counts in pair["agreement"].values())
    assert counted == len(rows) == pair["images"]["both"]
    agreement = pair["agreement"]["sick"]
    assert agreement["only_second_right"] > agreement["only_first_right"]
    assert "patient" not in rows[0]


def test_its_page_opens_offline(compared):
    """The page has the runs' names and loads nothing."""
    page = (compared / "comparison.html").read_text()
    assert "strong" in page and "weak" in page and "head.filters" in page
    assert not re.search(r'(src|href)="(?!#|data:)', page)


def test_what_it_prints(root, compared, capsys):
    """The tables on stdout; a second call makes nothing anew."""
    before = {path: path.stat().st_mtime_ns for path in compared.iterdir()}
    call(root, "weak", "strong")
    out = capsys.readouterr().out
    assert re.search(
        r"image +0\.\d\d \(.*\) +0\.\d\d \(.*\) +\+0\.\d\d \(\+0\.\d\d to \+0\.\d\d\) +0\.0", out
    )
    assert "head.filters: 32 -> 64" in out
    assert str(compared / "comparison.html") in out
    assert before == {path: path.stat().st_mtime_ns for path in compared.iterdir()}


def test_json(root, compared, capsys):
    """--json prints comparison.json alone."""
    call(root, "weak", "strong", as_json=True)
    assert capsys.readouterr().out == (compared / "comparison.json").read_text()


def test_several_runs_are_adjusted_for(root, make_run, make_predictions, study):
    """With two comparisons the smaller p-value of a row counts double."""
    make_run(root, make_predictions(strength=0.6), run="third", study=study)
    cli.call(evaluate, Namespace(root=root, run="third"), silent)
    call(root, "weak", "strong", "third")
    (folder,) = (
        path for path in (root / "comparisons").glob("[!.]*") if (path / "images-2.csv").is_file()
    )
    pairs = json.loads((folder / "comparison.json").read_text())["pairs"]
    first, second = (pair["rows"][0] for pair in pairs)
    assert first["p_adjusted"] == pytest.approx(2 * first["p"])
    assert second["p_adjusted"] >= second["p"]


def test_other_labels(root):
    """Runs that answer other questions are refused, and nothing is left behind."""
    before = {*(root / "comparisons").iterdir()} if (root / "comparisons").is_dir() else set()
    with pytest.raises(DataError, match=r"data\.sick"):
        call(root, "weak", "other")
    after = {*(root / "comparisons").iterdir()} if (root / "comparisons").is_dir() else set()
    assert before == after


def test_what_cannot_be_compared(root, tmp_path):
    """One run, a run twice, a folder of no run, and a run that is not finished."""
    for runs in (["weak"], ["weak", "weak"]):
        with pytest.raises(UsageError, match="two different runs"):
            call(root, *runs)
    with pytest.raises(UsageError, match="ROOT/runs/NAME"):
        cli.call(compare, Namespace(runs=[root / "runs/weak", tmp_path], json=False), silent)
    copy = shutil.copytree(root, tmp_path / "copy")
    shutil.rmtree(copy / "runs/strong/evaluation")
    with pytest.raises(MissingInputError, match="run mammo evaluate"):
        call(copy, "weak", "strong")
