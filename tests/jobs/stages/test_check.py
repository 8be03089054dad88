"""`mammo check`: what is in a release, and every problem with it."""

import argparse
import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from jobs.common.errors import DataError, ExitCode
from jobs.common.progress import silent
from jobs.data import inspection
from jobs.stages import check
from tests import doomed
from tests.releases import RowSpec, make_pixels, make_rows, write_dicom, write_release

Spoil = Callable[[Path], object]


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are read in this process: starting others takes a second in each test."""
    monkeypatch.setattr(inspection, "run_tasks", doomed.run_here)


def options(release: Path, *flags: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    check.add_arguments(parser)
    return parser.parse_args([str(release), *flags])


def image_of(release: Path, row: RowSpec) -> Path:
    return release / "AllDICOMs" / f"{row.stem}.dcm"


def document(release: Path, capsys: pytest.CaptureFixture[str], *flags: str) -> dict:
    """The JSON document of a release, which may be unusable."""
    capsys.readouterr()
    with contextlib.suppress(DataError):
        check.run(options(release, "--json", *flags), silent)
    return json.loads(capsys.readouterr().out)


def add_patient(path: Path) -> None:
    dataset = pydicom.dcmread(path)
    dataset.PatientName, dataset.PatientID = "Doe^Jane", "MRN-4711"
    dataset.save_as(path)


@pytest.mark.usefixtures("in_process")
def test_the_inventory(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Images, patients, breasts, labels, views, sides, categories, densities, sizes, contours."""
    rows = [
        *make_rows(patients=4, sick=2),
        RowSpec("50994300", side="R", view="FB", density="", rois=(("Point 1", ((3, 4),)),)),
    ]
    write_release(tmp_path, rows)
    write_dicom(image_of(tmp_path, rows[-1]), np.arange(600, dtype=np.uint16).reshape(30, 20))
    assert document(tmp_path, capsys) == {
        "release": str(tmp_path),
        "usable": True,
        "decoded": True,
        "images": 9,
        "patients": 4,
        "breasts": 5,
        "labels": {"healthy": 5, "sick": 4},
        "views": {"CC": 4, "FB": 1, "MLO": 4},
        "sides": {"L": 4, "R": 5},
        "categories": {"1": 2, "2": 1, "3": 2, "4a": 2, "5": 2},
        "densities": {"1": 2, "2": 2, "3": 2, "4": 2, "blank": 1},
        "sizes": {"30 x 20": 1, "48 x 40": 8},
        "contours": {"mass": 4, "point": 1},
        "problems": [],
    }


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-500]), "cut off"),
        (lambda path: path.write_bytes(path.read_bytes()[:150]), ""),
        (lambda path: path.write_bytes(b""), ""),
        (lambda path: path.write_text("not an image"), "DICOM"),
        (lambda path: write_dicom(path, np.zeros((48, 40), np.uint16)), "blank"),
        (lambda path: (path.unlink(), path.symlink_to("nowhere")), "dangling link"),
    ],
    ids=["truncated", "header only", "empty", "text", "zeros", "dangling link"],
)
def test_a_file_that_is_not_a_mammogram(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: Spoil, words: str
):
    """It is fatal, and named on stdout and in the one line of the error."""
    rows = make_rows()
    path = image_of(write_release(tmp_path, rows), rows[5])
    spoil(path)
    with pytest.raises(DataError) as caught:
        check.run(options(tmp_path), silent)
    assert caught.value.exit_code is ExitCode.DATA == 65
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert words in message
    assert "\n" not in message
    out = capsys.readouterr().out
    assert f"error   AllDICOMs/{path.name}: {message.removeprefix(f'{path}: ')}\n" in out
    assert out.endswith("not usable: 1 error, 0 warnings\n")
    assert document(tmp_path, capsys)["sizes"] == {"48 x 40": 15, "not readable": 1}


@pytest.mark.usefixtures("in_process")
def test_a_contour_outside_the_image_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Real releases have five such files: the contour's file is named, the release is usable."""
    rows = make_rows()
    rows[0] = dataclasses.replace(
        rows[0], rois=(("Mass", ((5, 5), (41, 5), (5, 9))), ("Point 1", ((40, 48),)))
    )
    check.run(options(write_release(tmp_path, rows)), silent)
    assert capsys.readouterr().out.endswith(
        f"warning AllXML/{rows[0].image_id}.xml: 1 of 2 contours reach outside the image "
        "(48 x 40); what is outside is cut off\nusable: 0 errors, 1 warning\n"
    )


@pytest.mark.usefixtures("in_process")
def test_the_study_s_data_section(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """--config says which window is applied, and who is sick; a faulty window is a warning."""
    rows = make_rows()
    release = write_release(tmp_path / "release", rows)
    tags = {"WindowCenter": [60000, 1200], "WindowWidth": [10, 2400]}
    write_dicom(image_of(release, rows[0]), make_pixels(rows[0]), **tags)
    tags = {"WindowCenter": [0, 1200], "WindowWidth": [0, 2400]}
    write_dicom(image_of(release, rows[1]), make_pixels(rows[1]), **tags)
    with pytest.raises(DataError, match=r"data.window first and padding leave 1 of .*: set data"):
        check.run(options(release), silent)
    config = tmp_path / "study.yaml"
    problems = {}
    for window in ("2", "widest", "none"):
        config.write_text(f"data: {{window: {window}, sick: [5]}}")
        content = document(release, capsys, "--config", str(config))
        assert content["usable"] and content["labels"]["sick"] == content["categories"]["5"]
        problems[window] = content["problems"]
    assert problems == {"2": [], "widest": [], "none": []}
    write_dicom(image_of(release, rows[0]), make_pixels(rows[0]))
    check.run(options(release), silent)
    out = capsys.readouterr().out
    assert f"warning AllDICOMs/{rows[1].stem}.dcm: window 1 cannot be used (WindowWidth" in out
    assert out.endswith("window 2 is used\nusable: 0 errors, 1 warning\n")


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize(
    ("twin", "word", "consequence"),
    [
        (1, "warning", " and counts twice; leave one of them out"),
        (2, "error  ", ", of another patient; leave one of them out"),
    ],
    ids=["of the patient", "of another patient"],
)
def test_two_images_with_the_same_pixels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], twin: int, word: str, consequence: str
):
    """Both files are named; of two patients it is fatal, as they could be in different splits.

    With --quick it is not noticed.
    """
    rows = make_rows()
    release = write_release(tmp_path, rows)
    first, second = image_of(release, rows[0]), image_of(release, rows[twin])
    second.write_bytes(first.read_bytes())
    with contextlib.suppress(DataError):
        check.run(options(release), silent)
    line = f"{word} AllDICOMs/{second.name}: has the same pixels as AllDICOMs/{first.name}"
    assert f"{line}{consequence}\n" in capsys.readouterr().out
    content = document(release, capsys)
    assert [each["fatal"] for each in content["problems"]] == [content["usable"] is False]
    assert document(release, capsys, "--quick")["problems"] == []


@pytest.mark.usefixtures("in_process")
def test_every_problem_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The problems of table, file names, contours and pixels are reported together."""
    rows = make_rows()
    write_release(tmp_path, [dataclasses.replace(rows[0], birads="7"), *rows[1:]])
    image_of(tmp_path, rows[1]).unlink()
    image_of(tmp_path, rows[2]).write_text("not an image")
    (tmp_path / "AllXML" / f"{rows[3].image_id}.xml").write_text("no xml")
    with pytest.raises(DataError, match=r"\(and 2 more\)$"):
        check.run(options(tmp_path), silent)
    out = capsys.readouterr().out
    content = document(tmp_path, capsys)
    assert content["usable"] is False
    assert [(each["path"], each["line"], each["fatal"]) for each in content["problems"]] == [
        (f"AllDICOMs/{rows[2].stem}.dcm", None, True),
        (f"AllXML/{rows[3].image_id}.xml", 1, False),
        ("INbreast.csv", 2, True),
        ("INbreast.csv", 3, True),
    ]
    assert all(each["message"] in out for each in content["problems"])


@pytest.mark.usefixtures("in_process")
def test_quick_reads_headers_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """--quick finds files that are not DICOM, but no truncated ones; it says that it is quick."""
    rows = make_rows()
    write_release(tmp_path, rows)
    cut, text = image_of(tmp_path, rows[0]), image_of(tmp_path, rows[1])
    cut.write_bytes(cut.read_bytes()[:-500])
    check.run(options(tmp_path, "--quick"), silent)
    assert "usable: 0 errors, 0 warnings; pixels were not read (--quick)\n" in (
        capsys.readouterr().out
    )
    text.write_text("not an image")
    content = document(tmp_path, capsys, "--quick")
    assert content["decoded"] is False
    assert [each["path"] for each in content["problems"]] == [f"AllDICOMs/{text.name}"]


@pytest.mark.usefixtures("in_process")
def test_a_folder_without_a_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """An empty folder, or none: one line for the error, no empty tables, and valid JSON."""
    for folder in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(DataError, match=f"^{folder}: no (images|such folder)"):
            check.run(options(folder), silent)
        assert "Release" not in capsys.readouterr().out
        content = document(folder, capsys)
        assert content["images"] == 0 and content["problems"]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("width", [40, 80, 140])
def test_tables_fit_the_terminal_and_problems_are_not_wrapped(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
):
    """A problem is one line at any width, so that it can be searched for and copied."""
    monkeypatch.setenv("COLUMNS", str(width))
    rows = make_rows()
    write_release(tmp_path, rows)
    image_of(tmp_path, rows[0]).write_text("not an image")
    with pytest.raises(DataError):
        check.run(options(tmp_path), silent)
    tables, (problem, verdict) = (lines := capsys.readouterr().out.splitlines())[:-2], lines[-2:]
    assert max(map(len, tables)) <= width
    assert problem.startswith("error   AllDICOMs/") and len(problem) > 100
    assert verdict == "not usable: 1 error, 0 warnings"


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_patients_are_not_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: tuple[str, ...]
):
    """No patient tag is shown, of a good file or a damaged one."""
    rows = make_rows()
    write_release(tmp_path, rows, junk=True)
    for row in rows:
        add_patient(image_of(tmp_path, row))
    damaged = image_of(tmp_path, rows[0])
    damaged.write_bytes(damaged.read_bytes()[:-500])
    with pytest.raises(DataError) as caught:
        check.run(options(tmp_path, *flags), silent)
    output = capsys.readouterr().out + str(caught.value)
    assert "Jane" not in output and "4711" not in output


@pytest.mark.usefixtures("in_process")
def test_a_real_set(shared: Path, capsys: pytest.CaptureFixture[str]):
    """A real set of film mammograms is usable: images, patients, breasts, sizes, contours."""
    content = document(shared / "real_masses", capsys, "--quick")
    assert content["usable"] and content["problems"] == []
    assert (content["images"], content["patients"], content["breasts"]) == (399, 230, 236)
    assert content["sizes"] == {"800 x 800": 399}
    assert content["contours"] == {"mass": 414}


def test_images_are_read_in_other_processes(tmp_path: Path):
    """From a script, with worker processes: stdout has JSON alone, TensorFlow is not imported.

    The workers are spawned, so they import the script again.
    """
    rows = make_rows()
    write_release(tmp_path / "release", rows)
    image_of(tmp_path / "release", rows[0]).write_text("not an image")
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        "from argparse import ArgumentParser\n"
        "from jobs.common.errors import DataError\n"
        "from jobs.stages import check\n"
        "if __name__ == '__main__':\n"
        "    steps = []\n"
        "    parser = ArgumentParser()\n"
        "    check.add_arguments(parser)\n"
        "    options = parser.parse_args([sys.argv[1], '--json'])\n"
        "    try:\n"
        "        check.run(options, lambda *step: steps.append(step))\n"
        "    except DataError as error:\n"
        "        assert 'tensorflow' not in sys.modules\n"
        "        assert steps[-1] == ('reading images', 16, 16), steps\n"
        "        sys.exit(error.exit_code)\n"
    )
    repository = Path(check.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "release")],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(repository)},
        check=False,
    )
    assert done.returncode == 65, done.stderr
    content = json.loads(done.stdout)
    assert content["sizes"] == {"48 x 40": 15, "not readable": 1}
