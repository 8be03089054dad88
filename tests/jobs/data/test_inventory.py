"""The inventory of a release, as tables and as JSON."""

import dataclasses
import json
from pathlib import Path

import pytest

from jobs.data.inspection import Inspection
from jobs.data.inventory import as_json, as_text, take_inventory
from mammo_tfds.release.problems import Problem
from mammo_tfds.release.release import Release, read_release
from tests.releases import make_rows, write_release

INSPECTIONS = [Inspection((48, 40))] * 6 + [Inspection((30, 20)), Inspection(error="blank")]
ERROR = Problem("AllDICOMs/1.dcm", None, "the file is cut off", fatal=True)
WARNING = Problem("INbreast.csv", 3, "ACR is blank", fatal=False)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """Eight images of four patients, two of them sick."""
    return read_release(write_release(tmp_path, make_rows(patients=4, sick=2)))


def test_everything_is_counted_once(release: Release):
    """Each group of images adds up to all of them."""
    inventory = take_inventory(release, INSPECTIONS)
    assert (inventory.images, inventory.patients, inventory.breasts) == (8, 4, 4)
    assert inventory.labels == {"healthy": 4, "sick": 4}
    assert inventory.sizes == {"30 x 20": 1, "48 x 40": 6, "not readable": 1}
    for name in ("labels", "views", "sides", "categories", "densities", "sizes"):
        assert sum(getattr(inventory, name).values()) == 8
    assert sum(inventory.contours.values()) == sum(len(each.contours) for each in release.records)


def test_json_says_whether_the_release_can_be_used(release: Release):
    """A warning leaves it usable, an error does not; both are listed with their file and line."""
    inventory = take_inventory(release, INSPECTIONS)
    for problems, usable in (((WARNING,), True), ((WARNING, ERROR), False)):
        found = dataclasses.replace(release, problems=problems)
        document = json.loads(as_json(found, inventory, decoded=False))
        assert document["usable"] is usable and document["decoded"] is False
        assert [each["path"] for each in document["problems"]] == [one.path for one in problems]


def test_text_ends_with_errors_and_the_verdict(release: Release):
    """Whatever their order: tables, warnings, errors, and in one line what that amounts to."""
    found = dataclasses.replace(release, problems=(ERROR, WARNING))
    lines = as_text(found, take_inventory(release, INSPECTIONS), decoded=True).splitlines()
    assert lines[-3:] == [
        f"warning {WARNING}",
        f"error   {ERROR}",
        "not usable: 1 error, 1 warning",
    ]
    assert any("not readable" in line for line in lines)


def test_text_says_that_pixels_were_not_read(release: Release):
    """Then damaged pixels would not have been found."""
    text = as_text(release, take_inventory(release, INSPECTIONS), decoded=False)
    assert text.endswith("usable: 0 errors, 0 warnings; pixels were not read (--quick)\n")
