"""A site's calibration on the rows of predictions."""

import hashlib
import json

import numpy as np
import pytest
from scipy.special import expit, logit

from jobs.common.errors import DataError, UsageError
from jobs.predict.site import read_site_file
from jobs.predict.table import Row

SCORES = {"probability": 0.7, "threshold": 0.5, "sick": True, "least": 0.6, "most": 0.8}


def write(path, levels=("image", "exam"), run="first", key="ab"):
    fitted = {"temperature": 2.0, "shift": -1.0}
    plain = {
        "run": run,
        "evaluation": key,
        "levels": {level: {"calibration": fitted} for level in levels},
    }
    path.write_text(json.dumps(plain))
    return path


def test_what_it_changes(tmp_path):
    """Probability, threshold and range alike, so that no call changes; a file has none of them."""
    path = write(tmp_path / "calibration.json")
    site = read_site_file(path, "first", "ab")
    assert site.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    found = site.calibrate(Row("image", notes="alone", **SCORES))
    values = (found.probability, found.threshold, found.least, found.most)
    assert values == pytest.approx(expit(logit(np.array([0.7, 0.5, 0.6, 0.8])) / 2 - 1))
    assert (found.sick, found.notes) == (True, "alone")
    file = Row("file", notes="is no mammogram")
    assert site.calibrate(file) == file


def test_a_level_that_it_was_not_fitted_at(tmp_path):
    """It keeps the run's own probabilities, and says so."""
    site = read_site_file(write(tmp_path / "calibration.json"), "first", "ab")
    found = site.calibrate(Row("breast", notes="no CC", **SCORES))
    assert found == Row("breast", notes="no CC; not calibrated to the site", **SCORES)


def test_the_runs_own_folds_call_an_exam_a_patient(tmp_path):
    """Both words are one level."""
    site = read_site_file(write(tmp_path / "calibration.json", ["patient"]), "first", "ab")
    assert site.calibrate(Row("exam", **SCORES)).probability == pytest.approx(
        expit(logit(0.7) / 2 - 1)
    )


def test_another_runs(tmp_path):
    """Its scores have another scale: exit 65, with the command."""
    path = write(tmp_path / "calibration.json", run="second")
    with pytest.raises(DataError, match="of run first; got those of 'second': run mammo recalib"):
        read_site_file(path, "first", "ab")


@pytest.mark.parametrize("key", ["cd", None])
def test_of_models_that_were_trained_again(tmp_path, key):
    """The name is the same, the scores are not; an older mammo did not say which: exit 65."""
    path = write(tmp_path / "calibration.json", key=key)
    with pytest.raises(DataError, match=r"of run first as it is; .*: run mammo recalibrate --run"):
        read_site_file(path, "first", "ab")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"levels": {"image": {}}}', "\x00"])
def test_what_is_no_calibration(tmp_path, text):
    """One line that names the file."""
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json is no calibration\.json of mammo recalibrate"):
        read_site_file(tmp_path / "a.json", "first", "ab")


def test_no_such_file(tmp_path):
    """Exit 64."""
    with pytest.raises(UsageError, match="--calibration must be a file"):
        read_site_file(tmp_path / "none.json", "first", "ab")
