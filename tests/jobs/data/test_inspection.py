"""Opening every image of a release: what each file turned out to be, and what that is worth."""

import dataclasses
import functools
from pathlib import Path

import numpy as np
import pytest

from jobs.common.progress import silent
from jobs.data import inspection
from jobs.data.inspection import Inspection, add_image_problems, inspect_image, inspect_images
from mammo_tfds.pixels.read import pixels_sha256, read_pixels
from mammo_tfds.release.release import Release, read_release
from tests import doomed
from tests.releases import make_rows, write_dicom, write_release


def quiet(what: object) -> None:
    pass


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Eight images of four patients."""
    return read_release(write_release(tmp_path, make_rows(patients=4, sick=2)))


def test_an_image_is_decoded_or_only_its_header_read(release: Release):
    """Its size comes from the header, the hash from its pixels."""
    path = release.records[0].path
    shape = read_pixels(path).shape
    assert inspect_image(path, quiet, decode=False) == Inspection(shape)
    assert inspect_image(path, quiet, decode=True) == Inspection(
        shape, pixels_sha256(read_pixels(path))
    )


def test_an_image_that_cannot_be_read_has_an_error(release: Release):
    """Blank, damaged or missing: the error says why, and the file's name is not in it."""
    blank, cut, missing = (record.path for record in release.records[:3])
    write_dicom(blank, np.zeros((48, 40), np.uint16))
    cut.write_bytes(cut.read_bytes()[:-500])
    missing.unlink()
    errors = [inspect_image(path, quiet, decode=True).error for path in (blank, cut, missing)]
    for error, word in zip(errors, ("blank", "cut off", "cannot be read"), strict=True):
        assert error and word in error and ".dcm" not in error


def test_the_window_is_chosen(release: Release):
    """The pixels are those of the window; a warning does not name the file again."""
    path = release.records[0].path
    ramp = np.arange(48 * 40, dtype=np.uint16).reshape(48, 40)
    write_dicom(path, ramp, WindowCenter=[1000, 900], WindowWidth=[0, 1800])
    none = inspect_image(path, quiet, decode=True, window="none")
    assert none == Inspection((48, 40), pixels_sha256(ramp))
    first = inspect_image(path, quiet, decode=True)
    assert first.pixels_sha256 == pixels_sha256(read_pixels(path, 2))
    [warning] = first.warnings
    assert warning.startswith("window 1 cannot be used (") and warning.endswith("2 is used")


def test_images_are_inspected_in_their_order(release: Release, monkeypatch: pytest.MonkeyPatch):
    """One inspection for each record, and a step of progress after each."""
    monkeypatch.setattr(inspection, "run_tasks", doomed.run_here)
    told: list[tuple[str, int, int]] = []
    found = inspect_images(release.records, True, lambda *step: told.append(step))
    assert found == [inspect_image(record.path, quiet, True) for record in release.records]
    assert told == [("reading images", done, 8) for done in range(1, 9)]
    assert inspect_images((), True, silent) == []


def test_an_image_that_kills_its_process(release: Release, monkeypatch: pytest.MonkeyPatch):
    """Its inspection says how; those of the others are as ever."""
    fates = dict(zip((each.path.name for each in release.records), doomed.REASONS, strict=False))
    work = functools.partial(doomed.inspect_image, fates=fates)
    monkeypatch.setattr(inspection, "inspect_image", work)
    found = inspect_images(release.records, True, silent)
    for each, reason in zip(found, doomed.REASONS.values(), strict=False):
        assert each.error and each.error.startswith(reason) and ".dcm" not in each.error
    assert all(each.pixels_sha256 and not each.error for each in found[4:])


SIZE = (48, 40)


def test_a_problem_names_its_file(release: Release):
    """An image's error is fatal, and names the image relative to the release."""
    inspections = [Inspection(SIZE)] * 7 + [Inspection(error="the file is cut off")]
    (problem,) = add_image_problems(release, inspections).problems
    assert str(problem) == f"AllDICOMs/{release.records[7].path.name}: the file is cut off"
    assert problem.fatal


@pytest.mark.parametrize(("other", "fatal"), [(1, False), (2, True)])
def test_the_same_pixels_twice(release: Release, other: int, fatal: bool):
    """Of one patient that is a warning; of two it is fatal, as they may be in two splits."""
    first = release.records[0]
    assert (first.patient == release.records[other].patient) is not fatal
    inspections = [Inspection(SIZE, str(number)) for number in range(8)]
    inspections[other] = inspections[0]
    (problem,) = add_image_problems(release, inspections).problems
    assert problem.fatal is fatal
    assert problem.path == f"AllDICOMs/{release.records[other].path.name}"
    assert f"the same pixels as AllDICOMs/{first.path.name}" in problem.message


def test_a_contour_outside_the_image_is_a_warning(release: Release):
    """It needs the image's size, which the contour's file does not say."""
    (record, *_) = (each for each in release.records if each.contours)
    inspections = [
        Inspection((2, 2)) if each is record else Inspection(SIZE) for each in release.records
    ]
    (problem,) = add_image_problems(release, inspections).problems
    assert not problem.fatal and problem.path == f"AllXML/{record.image_id}.xml"
    assert "contours reach outside the image (2 x 2)" in problem.message


def test_the_given_release_stays_as_it_was(release: Release):
    """Problems are added to a copy."""
    before = dataclasses.replace(release)
    add_image_problems(release, [Inspection(error="the file is cut off")] * 8)
    assert release == before and release.problems == ()
