"""mammo recalibrate: a run's calibration to a site."""

import json
import re
import shutil
from argparse import Namespace
from dataclasses import asdict

import pytest

from jobs import cli
from jobs.artifacts.run import open_run
from jobs.common.errors import DataError, UsageError
from jobs.common.progress import silent
from jobs.predict.site import read_site_file
from jobs.stages import recalibrate
from tests.jobs.evaluation.test_site_calibration import site


@pytest.fixture
def root(reported, tmp_path):
    """A copy of the root of an evaluated run."""
    return shutil.copytree(reported.parents[1], tmp_path / "root")


def call(root, cases=None, prevalence=None):
    options = Namespace(root=root, run="trial", cases=cases, prevalence=prevalence)
    cli.call(recalibrate, options, silent)
    (folder,) = (root / "runs/trial/recalibrations").glob("[!.]*")
    return folder


def test_another_site(root, tmp_path, capsys):
    """From a table of cases: temperature and shift, a page that opens offline, a line a level."""
    of = site(patients=200)
    rows = zip(of.patient, of.probability, of.sick, strict=True)
    lines = [f"{patient},{value},{int(sick)}\n" for patient, value, sick in rows]
    cases = tmp_path / "cases.csv"
    cases.write_text("patient,probability,truth\n" + "".join(lines))
    folder = call(root, cases)
    found = json.loads((folder / "calibration.json").read_text())
    assert found["cases"] == "another site"
    assert found["levels"]["image"]["calibration"]["temperature"] == pytest.approx(2, rel=0.5)
    page = (folder / "recalibration.html").read_text()
    assert "Decision curve" in page and not re.search(r'(src|href)="(?!#|data:)', page)
    out = capsys.readouterr().out
    assert "per image: 200 cases of 200 people" in out
    assert out.endswith(f"page: {folder}/recalibration.html\n")


def test_its_own_validation_folds(root):
    """Without cases: out of fold, at each level."""
    found = json.loads((call(root) / "calibration.json").read_text())
    assert found["cases"] == "validation folds"
    metrics = json.loads((root / "runs/trial/evaluation/metrics.json").read_text())
    for level, each in found["levels"].items():
        pooled = metrics["levels"][level]["out_of_fold"]["pooled"]
        assert each["cases"] == pooled["cases"]
        own = pooled["figures"]["calibration_intercept"]["value"]
        assert each["before"]["figures"]["calibration_intercept"]["value"] == pytest.approx(own)


def test_predict_reads_what_it_writes(root):
    """`mammo predict --calibration` takes the file, at each level of its own rows."""
    path = call(root) / "calibration.json"
    fitted = json.loads(path.read_text())["levels"]
    run = open_run(root, "trial")
    evaluation = run.require_evaluation(run.require_models())
    found = read_site_file(path, "trial", evaluation.key).levels
    assert found.keys() == {"image", "breast", "exam"}
    for level, named in (("image", "image"), ("breast", "breast"), ("exam", "patient")):
        assert asdict(found[level]) == fitted[named]["calibration"]


def test_bad_cases_leave_nothing(root, tmp_path):
    """Exit 65 for a table that cannot be used, 64 for none."""
    cases = tmp_path / "cases.csv"
    cases.write_text("probability,truth\n0.5,1\n")
    with pytest.raises(DataError, match="both are needed"):
        call(root, cases)
    assert not [*(root / "runs/trial/recalibrations").glob("*")]
    with pytest.raises(UsageError, match="is no file"):
        call(root, tmp_path / "nowhere.csv")


@pytest.mark.parametrize("text", ["0", "1", "50", "half", "nan"])
def test_a_prevalence_is_a_share(text):
    """Percents are refused."""
    with pytest.raises(UsageError, match="more than 0 and less than 1"):
        recalibrate.share(text)
