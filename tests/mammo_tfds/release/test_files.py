"""A folder -> the files of a release in it."""

import gzip
from pathlib import Path

import pytest
from pydicom.uid import BasicTextSRStorage, MammographyCADSRStorage, SecondaryCaptureImageStorage

from mammo_tfds.release.files import ReleaseFiles, find_files, is_dangling_link
from mammo_tfds.release.problems import ProblemLog
from tests.releases import RowSpec, make_rows, write_object, write_release

NAME_RULE = "<image id>_<16 hex digits>_MG_<L|R>_<CC|ML|FB>_ANON.dcm"
TABLE_RULE = "a release must have one INbreast.csv (sides, views and categories of the images)"


def find(folder: Path) -> tuple[ReleaseFiles, list[str]]:
    """The files in a folder, and the problems with them."""
    log = ProblemLog(folder)
    return find_files(folder, log), [str(problem) for problem in log.sorted_problems()]


def test_files_are_found_by_image_id(tmp_path: Path):
    """Images and contour files are found by image id, and the table by its name."""
    rows = make_rows(patients=6, sick=2)
    files, problems = find(write_release(tmp_path, rows))
    assert problems == []
    assert files.table == tmp_path / "INbreast.csv"
    assert files.images.keys() == {row.image_id for row in rows}
    assert files.contours.keys() == {row.image_id for row in rows if row.rois}
    for row in rows:
        image = files.images[row.image_id]
        assert image.path == tmp_path / "AllDICOMs" / f"{row.stem}.dcm"
        assert (image.patient, image.side, image.view) == (row.patient, row.side, row.view)


@pytest.mark.parametrize("above", ["INbreast Release 1.0", "copies/INbreast"])
def test_the_release_may_lie_deeper(tmp_path: Path, above: str):
    """The folder into which the archive was unpacked is accepted."""
    write_release(tmp_path / above, make_rows())
    files, problems = find(tmp_path)
    assert (len(files.images), problems) == (16, [])


def test_links_are_followed_once(tmp_path: Path):
    """A linked folder of images is read, and a link to a parent folder does not loop."""
    write_release(tmp_path / "store", make_rows())
    release = tmp_path / "release"
    release.mkdir()
    (release / "INbreast.csv").write_bytes((tmp_path / "store/INbreast.csv").read_bytes())
    (release / "AllDICOMs").symlink_to(tmp_path / "store/AllDICOMs")
    (release / "again").symlink_to(release)
    files, problems = find(release)
    assert (len(files.images), problems) == (16, [])


def test_a_dangling_link(tmp_path: Path):
    """A link is dangling if its target is missing or the link itself; a missing file is no link."""
    for name, target in (("dangling", "nowhere"), ("circular", "circular"), ("good", ".")):
        (tmp_path / name).symlink_to(target)
    assert is_dangling_link(tmp_path / "dangling")
    assert is_dangling_link(tmp_path / "circular")
    assert not is_dangling_link(tmp_path / "good")
    assert not is_dangling_link(tmp_path / "missing")


def test_an_empty_folder(tmp_path: Path):
    """An empty folder lacks images and a table, and both problems say what to do."""
    files, problems = find(tmp_path)
    assert files == ReleaseFiles({}, {}, None)
    assert problems == [
        f"no images found; images are named {NAME_RULE}: give their folder",
        f"{TABLE_RULE}; found none: copy it into the folder",
    ]


def test_no_table(tmp_path: Path):
    """Images without a table are not a release."""
    (write_release(tmp_path, make_rows()) / "INbreast.csv").unlink()
    files, problems = find(tmp_path)
    assert files.table is None
    assert problems == [f"{TABLE_RULE}; found none: copy it into the folder"]


def test_two_releases(tmp_path: Path):
    """A folder with two releases is ambiguous: both tables and all duplicates are named."""
    rows = make_rows()
    for name in ("a", "b"):
        write_release(tmp_path / name, rows[:1])
    files, problems = find(tmp_path)
    assert files.table is None
    image, contours = f"AllDICOMs/{rows[0].stem}.dcm", f"AllXML/{rows[0].image_id}.xml"
    assert problems == [
        f"{TABLE_RULE}; found a/INbreast.csv, b/INbreast.csv: keep one",
        f"b/{image}: duplicate image id {rows[0].image_id} (first: a/{image}); keep one",
        f"b/{contours}: duplicate contours of image id {rows[0].image_id} "
        f"(first: a/{contours}); keep one",
    ]


def test_a_duplicate_image(tmp_path: Path):
    """Two files of one image id are fatal, and both are named; the first one is kept."""
    row = RowSpec()
    write_release(tmp_path, [row, *make_rows()[2:]])
    first, copy = (tmp_path / name / f"{row.stem}.dcm" for name in ("AllDICOMs", "copy"))
    copy.parent.mkdir()
    copy.write_bytes(first.read_bytes())
    files, problems = find(tmp_path)
    assert files.images[row.image_id].path == first
    assert problems == [
        f"copy/{row.stem}.dcm: duplicate image id {row.image_id} "
        f"(first: AllDICOMs/{row.stem}.dcm); keep one"
    ]


@pytest.mark.parametrize(
    "patient", ["6c613a14b80a859", "6c613a14b80a8591a", "6c613a14b80a859x", ""]
)
def test_a_malformed_patient(tmp_path: Path, patient: str):
    """A patient that is not 16 hex digits is fatal: splits by patient would be unreliable."""
    row = RowSpec(patient=patient)
    _, problems = find(write_release(tmp_path, [row, *make_rows()[1:]]))
    assert problems == [
        f"AllDICOMs/{row.stem}.dcm: the patient in an image's name must be 16 hex digits; "
        "rename the file"
    ]


def test_the_case_of_a_patient_is_ignored(tmp_path: Path):
    """A patient in upper and in lower case is the same patient."""
    rows = [RowSpec("1"), RowSpec("2", patient="6C613A14B80A8591")]
    files, _ = find(write_release(tmp_path, rows))
    assert {image.patient for image in files.images.values()} == {"6c613a14b80a8591"}


def test_a_malformed_name(tmp_path: Path):
    """A .dcm file whose name has another form is fatal: it has no image id and no patient."""
    write_release(tmp_path, make_rows())
    for name in ("image.dcm", "1_2.dcm"):
        write_object(tmp_path / "AllDICOMs" / name, SecondaryCaptureImageStorage)
    _, problems = find(tmp_path)
    assert problems == [
        f"AllDICOMs/{name}: the name of an image must be {NAME_RULE}; rename the file"
        for name in ("1_2.dcm", "image.dcm")
    ]


def test_strays_are_left_out(tmp_path: Path):
    """A report, a CAD object or a text among the images is named, and costs no image.

    Also where one is named like an image that is there.
    """
    rows = make_rows()
    folder = write_release(tmp_path, rows) / "AllDICOMs"
    same = f"{rows[0].stem}.dcm".replace("_ANON", "")
    write_object(folder / same, MammographyCADSRStorage)
    (folder / "again").mkdir()
    write_object(folder / "again" / f"{rows[1].stem}.dcm", BasicTextSRStorage)
    (folder / "notes.dcm").write_text("a report\n" * 40)
    files, problems = find(tmp_path)
    assert problems == [
        f"AllDICOMs/{same}: not an image (Mammography CAD SR Storage); it is left out",
        f"AllDICOMs/again/{rows[1].stem}.dcm: not an image (Basic Text SR Storage); it is left out",
        "AllDICOMs/notes.dcm: not an image (no DICOM file); it is left out",
    ]
    assert {image.path for image in files.images.values()} == {
        folder / f"{row.stem}.dcm" for row in rows
    }


def test_a_packed_image_is_an_image(tmp_path: Path):
    """x.dcm.gz is found as x, whose pixels say how to unpack it; beside x.dcm it is nothing."""
    rows = make_rows()
    folder = write_release(tmp_path, rows) / "AllDICOMs"
    whole, packed = folder / f"{rows[0].stem}.dcm", folder / f"{rows[0].stem}.dcm.gz"
    packed.write_bytes(gzip.compress(whole.read_bytes()))
    files, problems = find(tmp_path)
    assert (problems, files.images[rows[0].image_id].path) == ([], whole)
    whole.unlink()
    files, problems = find(tmp_path)
    assert (problems, files.images[rows[0].image_id].path) == ([], packed)
    assert files.images[rows[0].image_id].patient == rows[0].patient


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder without permission is an error, not an empty folder."""
    write_release(tmp_path, make_rows())

    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(PermissionError):
        find(tmp_path)
