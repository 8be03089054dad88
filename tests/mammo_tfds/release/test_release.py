"""A release folder -> records and problems."""

import dataclasses
import io
import os
from collections import Counter
from pathlib import Path

import pytest

from mammo_tfds.release.contours import KINDS
from mammo_tfds.release.release import Problem, ReleaseError, is_sick, is_synthetic, read_release
from tests.releases import RowSpec, make_rows, write_contours, write_release


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in read_release(folder).problems]


def image_of(release: Path, row: RowSpec) -> Path:
    return release / "AllDICOMs" / f"{row.stem}.dcm"


def test_a_sound_release(tmp_path: Path):
    """Table, names and contours are joined into one record an image, in the order of the ids."""
    rows = make_rows(patients=6, sick=2)
    release = read_release(write_release(tmp_path, rows[::-1]))
    release.require_usable()
    assert release.problems == ()
    assert len(release.records) == 12
    assert [record.image_id for record in release.records] == [row.image_id for row in rows]
    for record, row in zip(release.records, rows, strict=True):
        assert (record.patient, record.side, record.view) == (row.patient, row.side, row.view)
        assert (record.birads, record.density) == (row.birads, int(row.density))
        assert record.path == image_of(tmp_path, row)
        assert [contour.kind for contour in record.contours] == ["mass"] * len(row.rois)
        assert [contour.points for contour in record.contours] == [points for _, points in row.rois]


@pytest.mark.parametrize("name", ["real_mammograms", "real_masses"])
def test_real_images(shared: Path, name: str):
    """The real sets are read without a problem: images, patients, breasts, contours, labels."""
    release = read_release(shared / name)
    release.require_usable()
    assert release.problems == ()
    images, patients, sick, contours = {
        "real_mammograms": (840, 420, 240, 0),
        "real_masses": (399, 230, 175, 399),
    }[name]
    assert len(release.records) == images
    assert len({record.patient for record in release.records}) == patients
    assert sum(is_sick(record.birads) for record in release.records) == sick
    assert sum(bool(record.contours) for record in release.records) == contours
    kinds = Counter(contour.kind for record in release.records for contour in record.contours)
    assert set(kinds) <= {"mass"} < set(KINDS)


@pytest.mark.parametrize("above", ["INbreast Release 1.0", "copies/INbreast"])
def test_a_folder_above_the_release_will_do(tmp_path: Path, above: str):
    """The folder that the archive was unpacked into is as good as the release itself."""
    write_release(tmp_path / above, make_rows())
    release = read_release(tmp_path)
    release.require_usable()
    assert len(release.records) == 16


@pytest.mark.parametrize(
    "form",
    [
        {"extension": ""},
        {"extension": ".DCM"},
        {"images": ""},
        {"images": "images/all of them"},
        {"junk": True},
        {"junk": True, "extension": "", "footer": True, "bom": True, "delimiter": ","},
    ],
)
def test_repacked_copies(tmp_path: Path, form: dict[str, object]):
    """DICOMs without an extension or elsewhere, junk files, and the table's forms: all the same."""
    sound = read_release(write_release(tmp_path / "sound", make_rows()))
    copy = read_release(write_release(tmp_path / "copy", make_rows(), **form))  # type: ignore[arg-type]
    assert copy.problems == ()
    same = [
        dataclasses.replace(record, path=one.path)
        for record, one in zip(copy.records, sound.records, strict=True)
    ]
    assert tuple(same) == sound.records


def test_a_copy_without_contours(tmp_path: Path):
    """A copy of AllDICOMs and the table alone is a release; its records have no contours."""
    rows = [dataclasses.replace(row, rois=()) for row in make_rows()]
    release = read_release(write_release(tmp_path, rows))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["AllDICOMs", "INbreast.csv"]
    assert release.problems == ()
    assert not any(record.contours for record in release.records)


def test_links_are_followed_once(tmp_path: Path):
    """A linked image folder is read, and a link that leads back does not loop."""
    write_release(tmp_path / "store", make_rows())
    release = tmp_path / "release"
    release.mkdir()
    (release / "INbreast.csv").write_bytes((tmp_path / "store/INbreast.csv").read_bytes())
    (release / "AllDICOMs").symlink_to(tmp_path / "store/AllDICOMs")
    (release / "again").symlink_to(release)
    assert len(read_release(release).records) == 16


def test_the_xls_and_the_reports_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Only the table and the contours are opened: not the xls, a report, nor (here) an image."""
    write_release(tmp_path, make_rows(), junk=True)
    opened = []
    real_open = io.open

    def trap(file: object, *rest: object, **options: object) -> object:
        opened.append(Path(str(file)).relative_to(tmp_path))
        return real_open(file, *rest, **options)  # type: ignore[call-overload]

    for module in (io, __import__("builtins")):
        monkeypatch.setattr(module, "open", trap)
    read_release(tmp_path).require_usable()
    assert {path.parts[0] for path in opened} == {"INbreast.csv", "AllXML"}
    assert {path.suffix for path in opened} == {".csv", ".xml"}


@pytest.mark.parametrize(
    ("word", "sick"),
    [
        ("0", False),
        ("1", False),
        ("3", False),
        ("4", True),
        ("4a", True),
        ("4c", True),
        ("6", True),
    ],
)
def test_sick_is_4_5_and_6(word: str, sick: bool):
    """4a, 4b and 4c are 4; which categories are sick can be said otherwise."""
    assert is_sick(word) is sick
    assert is_sick(word, sick=(3,)) is (word == "3")


def test_an_empty_folder(tmp_path: Path):
    """An empty folder lacks images and a table; the error is one line with the folder."""
    release = read_release(tmp_path)
    assert problems(tmp_path)[1:] == [
        "there must be one INbreast.csv, with the sides, views and categories; there is none; "
        "copy it there"
    ]
    with pytest.raises(ReleaseError) as caught:
        release.require_usable()
    assert str(caught.value).startswith(f"{tmp_path}: there are no images, which are ")
    assert str(caught.value).endswith("_ANON.dcm; name their folder (and 1 more)")


def test_no_such_folder(tmp_path: Path):
    """A folder that is not there, or is a file, is named."""
    (tmp_path / "file").touch()
    for name in ("nothing", "file"):
        with pytest.raises(ReleaseError, match=f"{name}: there is no such folder$"):
            read_release(tmp_path / name).require_usable()


def test_no_table(tmp_path: Path):
    """Images alone are no release."""
    (write_release(tmp_path, make_rows()) / "INbreast.csv").unlink()
    assert problems(tmp_path) == [
        "there must be one INbreast.csv, with the sides, views and categories; there is none; "
        "copy it there"
    ]


def test_two_releases(tmp_path: Path):
    """A folder above two releases is ambiguous: both tables are named, and what is there twice."""
    rows = make_rows()
    for name in ("a", "b"):
        write_release(tmp_path / name, rows[:1])
    assert problems(tmp_path) == [
        "there must be one INbreast.csv, with the sides, views and categories; "
        "there is a/INbreast.csv, b/INbreast.csv; keep one",
        f"b/AllDICOMs/{rows[0].stem}.dcm: image {rows[0].image_id} is there already, "
        f"as a/AllDICOMs/{rows[0].stem}.dcm; keep one",
        f"b/AllXML/{rows[0].image_id}.xml: contours of {rows[0].image_id} are there already, "
        f"as a/AllXML/{rows[0].image_id}.xml; keep one",
    ]


def test_a_bad_table_is_the_only_problem(tmp_path: Path):
    """A missing column is told once, without a line for each image that then has no row."""
    table = write_release(tmp_path, make_rows()) / "INbreast.csv"
    table.write_bytes(table.read_bytes().replace(b"Bi-Rads", b"Label"))
    (problem,) = problems(tmp_path)
    assert problem.startswith("INbreast.csv:1: the columns ")


def test_rows_without_images(tmp_path: Path):
    """Each row without an image is fatal, with its line: half a release is no release."""
    rows = make_rows()
    write_release(tmp_path, rows)
    for row in rows[2:4]:
        image_of(tmp_path, row).unlink()
    release = read_release(tmp_path)
    assert [str(problem) for problem in release.problems] == [
        f"INbreast.csv:{line}: there is no image of File Name {rows[line - 2].image_id}; "
        "copy what is missing, or take out its other half"
        for line in (4, 5)
    ]
    with pytest.raises(ReleaseError, match=r"/INbreast\.csv:4: there is no .* \(and 1 more\)$"):
        release.require_usable()
    assert len(release.records) == 14


def test_images_without_rows(tmp_path: Path):
    """Each image without a row is fatal, with its file."""
    rows = make_rows()
    write_release(tmp_path, rows)
    write_release(tmp_path, rows[:-1])
    assert problems(tmp_path) == [
        f"AllDICOMs/{rows[-1].stem}.dcm: INbreast.csv has no row of File Name {rows[-1].image_id}; "
        "copy what is missing, or take out its other half"
    ]


def test_a_row_that_cannot_be_used_still_has_its_image(tmp_path: Path):
    """A wrong category is one problem: its image is not told to be without a row as well."""
    rows = make_rows()
    rows[0] = dataclasses.replace(rows[0], birads="7")
    assert problems(write_release(tmp_path, rows)) == [
        "INbreast.csv:2: Bi-Rads must be one of 0..6, 4a, 4b, 4c; got '7'"
    ]


def test_an_image_that_is_there_twice(tmp_path: Path):
    """Two files of one id are fatal, and both are named."""
    row = RowSpec()
    write_release(tmp_path, [row, *make_rows()[2:]])
    copy = tmp_path / "copy" / f"{row.stem}.dcm"
    copy.parent.mkdir()
    copy.write_bytes(image_of(tmp_path, row).read_bytes())
    assert problems(tmp_path) == [
        f"copy/{row.stem}.dcm: image {row.image_id} is there already, "
        f"as AllDICOMs/{row.stem}.dcm; keep one"
    ]


@pytest.mark.parametrize(
    "patient", ["6c613a14b80a859", "6c613a14b80a8591a", "6c613a14b80a859x", ""]
)
def test_a_malformed_patient(tmp_path: Path, patient: str):
    """A hash that is not 16 hex digits is fatal: splits by patient could not be trusted."""
    row = RowSpec(patient=patient)
    write_release(tmp_path, [row, *make_rows()[1:]])
    assert problems(tmp_path) == [
        f"AllDICOMs/{row.stem}.dcm: the patient in an image's name must be 16 hex digits"
    ]


def test_the_case_of_a_hash_does_not_matter(tmp_path: Path):
    """One patient's images stay together however their names are written."""
    rows = [RowSpec("1"), RowSpec("2", patient="6C613A14B80A8591")]
    records = read_release(write_release(tmp_path, rows)).records
    assert {record.patient for record in records} == {"6c613a14b80a8591"}


def test_an_image_with_another_name(tmp_path: Path):
    """A .dcm that is not named as the release's is fatal: it has no id and no patient."""
    write_release(tmp_path, make_rows())
    (tmp_path / "AllDICOMs" / "image.dcm").touch()
    (tmp_path / "AllDICOMs" / "1_2.dcm").touch()
    assert [problem.split(": ")[0] for problem in problems(tmp_path)] == [
        "AllDICOMs/1_2.dcm",
        "AllDICOMs/image.dcm",
    ]
    assert (
        "must be <image id>_<16 hex digits>_MG_<L|R>_<CC|ML|FB>_ANON.dcm" in problems(tmp_path)[0]
    )


def test_the_table_holds_where_a_name_disagrees(tmp_path: Path):
    """Side and view of the table are taken; a name that says otherwise is a warning with both."""
    rows = make_rows()
    write_release(tmp_path, rows)
    place = image_of(tmp_path, rows[0])
    other = dataclasses.replace(rows[0], side="R", view="MLO")
    place.rename(image_of(tmp_path, other))
    release = read_release(tmp_path)
    release.require_usable()
    assert (release.records[0].side, release.records[0].view) == ("L", "CC")
    assert [str(problem) for problem in release.problems] == [
        f"INbreast.csv:2: Laterality L holds; AllDICOMs/{other.stem}.dcm is named R",
        f"INbreast.csv:2: View CC holds; AllDICOMs/{other.stem}.dcm is named MLO",
    ]


def test_a_broken_contour_file(tmp_path: Path):
    """A contour file that cannot be read is fatal, with its line where it has one."""
    rows = make_rows()
    write_release(tmp_path, rows)
    path = tmp_path / "AllXML" / f"{rows[0].image_id}.xml"
    path.write_bytes(path.read_bytes()[:300])
    (problem,) = read_release(tmp_path).problems
    assert problem.fatal
    assert str(problem).startswith(f"AllXML/{rows[0].image_id}.xml:11: not XML: ")


def test_odd_contours_are_warnings(tmp_path: Path):
    """ROIs without a name, and contours of no image, are told and do not stop."""
    rows = make_rows()
    rows[0] = dataclasses.replace(rows[0], rois=((None, ((1, 2),)),))
    write_release(tmp_path, rows)
    write_contours(tmp_path / "AllXML" / "999.xml", [("Mass", [(1, 2)])])
    release = read_release(tmp_path)
    release.require_usable()
    assert [str(problem) for problem in release.problems] == [
        f"AllXML/{rows[0].image_id}.xml: 1 of 1 ROIs have no name",
        "AllXML/999.xml: there is no image 999 to these contours",
    ]
    assert release.records[0].contours[0].kind == "unnamed"


def test_all_problems_are_told_at_once(tmp_path: Path):
    """Problems of the table, the names and the contours come together, in order of their places."""
    rows = make_rows()
    write_release(tmp_path, [dataclasses.replace(rows[0], birads="x"), *rows[1:]])
    image_of(tmp_path, rows[-1]).unlink()
    (tmp_path / "AllDICOMs" / "9_x.dcm").touch()
    (tmp_path / "AllXML" / f"{rows[2].image_id}.xml").write_text("no xml")
    places = [(problem.path, problem.line) for problem in read_release(tmp_path).problems]
    assert places == [
        ("AllDICOMs/9_x.dcm", None),
        (f"AllXML/{rows[2].image_id}.xml", 1),
        ("INbreast.csv", 2),
        ("INbreast.csv", 17),
    ]


def test_a_problem_is_one_line_however_a_file_is_named(tmp_path: Path):
    """Control characters and bytes that are no text do not reach the terminal."""
    write_release(tmp_path, make_rows())
    for name in ("1_\n\x1b[31m.dcm", os.fsdecode(b"1_\xe9.dcm")):
        (tmp_path / name).touch()
        (problem,) = read_release(tmp_path).problems
        assert str(problem).isprintable()
        (tmp_path / name).unlink()


def test_a_folder_that_cannot_be_listed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A folder without permission is not taken for an empty one."""
    write_release(tmp_path, make_rows())

    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.scandir", refuse)
    with pytest.raises(PermissionError):
        read_release(tmp_path)


def test_a_problem_reads_as_a_place_and_a_rule():
    """`file:line: message`, as compilers write it; the folder's own have no place."""
    assert str(Problem("INbreast.csv", 14, "wrong", True)) == "INbreast.csv:14: wrong"
    assert str(Problem("AllXML/1.xml", None, "wrong", False)) == "AllXML/1.xml: wrong"
    assert str(Problem("", None, "wrong", True)) == "wrong"


@pytest.mark.parametrize(("text", "synthetic"), [("SYNTHETIC. No", True), ("INbreast", False)])
def test_a_phantom_says_so_itself(tmp_path, text, synthetic):
    """A release is synthetic if its README.txt begins so; without one it is taken as real."""
    assert not is_synthetic(tmp_path)
    (tmp_path / "README.txt").write_text(text)
    assert is_synthetic(tmp_path) == synthetic
