"""A release folder -> records and problems."""

import dataclasses
import io
from collections import Counter
from pathlib import Path

import pytest
from pydicom.uid import BasicTextSRStorage, SecondaryCaptureImageStorage

from mammo_tfds.release.contours import KINDS
from mammo_tfds.release.release import ReleaseError, is_sick, is_synthetic, read_release
from tests.releases import RowSpec, make_rows, write_contours, write_object, write_release


def problems(folder: Path) -> list[str]:
    return [str(problem) for problem in read_release(folder).problems]


def image_of(release: Path, row: RowSpec) -> Path:
    return release / "AllDICOMs" / f"{row.stem}.dcm"


def test_a_sound_release(tmp_path: Path):
    """Table, names and contours are joined into one record per image, sorted by id."""
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
    """The real data sets are read without a problem, and have their known counts."""
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
    """Other extensions, folders, extra files and forms of the table change nothing."""
    sound = read_release(write_release(tmp_path / "sound", make_rows()))
    copy = read_release(write_release(tmp_path / "copy", make_rows(), **form))  # type: ignore[arg-type]
    assert copy.problems == ()
    same = [
        dataclasses.replace(record, path=one.path)
        for record, one in zip(copy.records, sound.records, strict=True)
    ]
    assert tuple(same) == sound.records


def test_a_copy_without_contours(tmp_path: Path):
    """AllDICOMs and the table alone are a release; its records have no contours."""
    rows = [dataclasses.replace(row, rois=()) for row in make_rows()]
    release = read_release(write_release(tmp_path, rows))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["AllDICOMs", "INbreast.csv"]
    assert release.problems == ()
    assert not any(record.contours for record in release.records)


def test_the_xls_and_the_reports_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Only the table and the contour files are opened: no xls, no report, and no image."""
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
    """4a, 4b and 4c count as 4; the sick categories can be given."""
    assert is_sick(word) is sick
    assert is_sick(word, sick=(3,)) is (word == "3")


def test_an_empty_folder(tmp_path: Path):
    """The error is one line: the folder, the first problem, and how many more there are."""
    release = read_release(tmp_path)
    with pytest.raises(ReleaseError) as caught:
        release.require_usable()
    assert str(caught.value).startswith(f"{tmp_path}: no images found; images are named ")
    assert str(caught.value).endswith("_ANON.dcm: give their folder (and 1 more)")


def test_no_such_folder(tmp_path: Path):
    """A missing folder, or a file in its place, is named."""
    (tmp_path / "file").touch()
    for name in ("nothing", "file"):
        with pytest.raises(ReleaseError, match=f"{name}: no such folder; give"):
            read_release(tmp_path / name).require_usable()


def test_a_bad_table_is_the_only_problem(tmp_path: Path):
    """A missing column is one problem; the images are not reported as having no row."""
    table = write_release(tmp_path, make_rows()) / "INbreast.csv"
    table.write_bytes(table.read_bytes().replace(b"Bi-Rads", b"Label"))
    (problem,) = problems(tmp_path)
    assert problem.startswith("INbreast.csv:1: each of the columns ")


def test_rows_without_images(tmp_path: Path):
    """Each row without an image is a fatal problem, with its line."""
    rows = make_rows()
    write_release(tmp_path, rows)
    for row in rows[2:4]:
        image_of(tmp_path, row).unlink()
    release = read_release(tmp_path)
    assert [str(problem) for problem in release.problems] == [
        f"INbreast.csv:{line}: no image has File Name {rows[line - 2].image_id}; "
        "copy what is missing, or remove its counterpart"
        for line in (4, 5)
    ]
    with pytest.raises(ReleaseError, match=r"/INbreast\.csv:4: no image has .* \(and 1 more\)$"):
        release.require_usable()
    assert len(release.records) == 14


def test_images_without_rows(tmp_path: Path):
    """Each image without a row is a fatal problem, with its file."""
    rows = make_rows()
    write_release(tmp_path, rows)
    write_release(tmp_path, rows[:-1])
    row = rows[-1]
    assert problems(tmp_path) == [
        f"AllDICOMs/{row.stem}.dcm: INbreast.csv has no row with File Name {row.image_id}; "
        "copy what is missing, or remove its counterpart"
    ]


def test_an_invalid_row_still_has_its_image(tmp_path: Path):
    """An invalid category is one problem; the image is not also reported as having no row."""
    rows = make_rows()
    rows[0] = dataclasses.replace(rows[0], birads="7")
    assert problems(write_release(tmp_path, rows)) == [
        "INbreast.csv:2: Bi-Rads must be one of 0..6, 4a, 4b, 4c; got '7'"
    ]


def test_the_table_is_used_where_a_name_disagrees(tmp_path: Path):
    """Side and view are the table's; a name that disagrees is a warning with both values."""
    rows = make_rows()
    write_release(tmp_path, rows)
    other = dataclasses.replace(rows[0], side="R", view="MLO")
    image_of(tmp_path, rows[0]).rename(image_of(tmp_path, other))
    release = read_release(tmp_path)
    release.require_usable()
    assert (release.records[0].side, release.records[0].view) == ("L", "CC")
    assert [str(problem) for problem in release.problems] == [
        f"INbreast.csv:2: Laterality is L, but the name of AllDICOMs/{other.stem}.dcm says R; "
        "L is used",
        f"INbreast.csv:2: View is CC, but the name of AllDICOMs/{other.stem}.dcm says MLO; "
        "CC is used",
    ]


def test_a_broken_contour_file(tmp_path: Path):
    """A contour file that cannot be read costs its contours, and is named with its line."""
    rows = make_rows()
    write_release(tmp_path, rows)
    path = tmp_path / "AllXML" / f"{rows[0].image_id}.xml"
    path.write_bytes(path.read_bytes()[:300])
    release = read_release(tmp_path)
    release.require_usable()
    (problem,) = release.left_out
    assert str(problem) == (
        f"AllXML/{rows[0].image_id}.xml:11: not XML: unclosed token; its contours are left out: "
        "copy the file again"
    )
    assert [len(record.contours) for record in release.records[:3]] == [0, 1, 1]


def test_a_report_without_a_row(tmp_path: Path):
    """It is left out, though it is named like an image; an image without a row is fatal."""
    rows = make_rows()
    write_release(tmp_path, rows)
    stray = tmp_path / "AllDICOMs" / f"{RowSpec(image_id='1').stem}.dcm"
    write_object(stray, BasicTextSRStorage)
    release = read_release(tmp_path)
    release.require_usable()
    assert [str(problem) for problem in release.left_out] == [
        f"AllDICOMs/{stray.name}: not an image (Basic Text SR Storage); it is left out"
    ]
    write_object(stray, SecondaryCaptureImageStorage)
    with pytest.raises(ReleaseError, match="has no row with File Name 1;"):
        read_release(tmp_path).require_usable()


def test_odd_contours_are_warnings(tmp_path: Path):
    """ROIs without a name, and contours without an image, are warnings."""
    rows = make_rows()
    rows[0] = dataclasses.replace(rows[0], rois=((None, ((1, 2),)),))
    write_release(tmp_path, rows)
    write_contours(tmp_path / "AllXML" / "999.xml", [("Mass", [(1, 2)])])
    release = read_release(tmp_path)
    release.require_usable()
    assert [str(problem) for problem in release.problems] == [
        f"AllXML/{rows[0].image_id}.xml: 1 of 1 ROIs have no name",
        "AllXML/999.xml: contours without an image: no image has id 999",
    ]
    assert release.records[0].contours[0].kind == "unnamed"


def test_all_problems_are_reported_at_once(tmp_path: Path):
    """Problems of the table, the names and the contours are reported together, sorted by file."""
    rows = make_rows()
    write_release(tmp_path, [dataclasses.replace(rows[0], birads="x"), *rows[1:]])
    image_of(tmp_path, rows[-1]).unlink()
    (tmp_path / "AllDICOMs" / "9_x.dcm").touch()
    (tmp_path / "AllXML" / f"{rows[2].image_id}.xml").write_text("no xml")
    lines = [(problem.path, problem.line) for problem in read_release(tmp_path).problems]
    assert lines == [
        ("AllDICOMs/9_x.dcm", None),
        (f"AllXML/{rows[2].image_id}.xml", 1),
        ("INbreast.csv", 2),
        ("INbreast.csv", 17),
    ]


@pytest.mark.parametrize(("text", "synthetic"), [("SYNTHETIC. No", True), ("INbreast", False)])
def test_a_phantom_says_so_itself(tmp_path, text, synthetic):
    """A release is synthetic if its README.txt begins with that word; without one it is not."""
    assert not is_synthetic(tmp_path)
    (tmp_path / "README.txt").write_text(text)
    assert is_synthetic(tmp_path) == synthetic
