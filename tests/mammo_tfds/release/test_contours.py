"""OsiriX property lists -> contours, and masks."""

import plistlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mammo_tfds.release.contours import (
    KINDS,
    Contour,
    ContourError,
    count_outside,
    kind_of,
    mask,
    read_contours,
    read_with_warnings,
)
from tests.releases import write_contours

SQUARE = ((2.0, 3.0), (6.0, 3.0), (6.0, 8.0), (2.0, 8.0))


def contour(*points: tuple[float, float]) -> Contour:
    return Contour("mass", "Mass", points)


def test_a_real_contour_file(shared: Path):
    """The real excerpt has a cluster, and warnings that its counts disagree, as it was cut."""
    contours, warnings = read_with_warnings(shared / "real_inbreast_csv" / "contours_excerpt.xml")
    assert contours == (
        Contour("cluster", "Cluster", ((2182.876953, 1235.829956), (2182.839844, 1238.219360))),
    )
    assert warnings == (
        "NumberOfROIs is 3, but there are 1 ROIs",
        "ROI 1: NumberOfPoints is 200, but there are 2 points",
    )


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("Calcification", "calcification"),
        ("Calcifications", "calcification"),
        ("Mass", "mass"),
        ("Cluster", "cluster"),
        ("Spiculated Region", "spiculated region"),
        ("Spiculated region", "spiculated region"),
        ("Espiculated Region", "spiculated region"),
        ("Asymmetry", "asymmetry"),
        ("Assymetry", "asymmetry"),
        ("Distortion", "distortion"),
        ("Unnamed", "unnamed"),
        ("Point 1", "point"),
        ("Point 3", "point"),
        ("", "unnamed"),
    ],
)
def test_every_word_of_the_release_has_its_kind(word: str, kind: str):
    """Every spelling in the release is normalised to one of KINDS."""
    assert kind_of(word) == kind
    assert kind in KINDS


def test_contours_are_read_in_order(tmp_path: Path):
    """Order, words and points are the file's; points are (x, y); one point is a contour too."""
    write_contours(tmp_path / "1.xml", [("Mass", SQUARE), ("Calcification ", [(5, 1.5)])])
    assert read_with_warnings(tmp_path / "1.xml") == (
        (
            Contour("mass", "Mass", SQUARE),
            Contour("calcification", "Calcification", ((5.0, 1.5),)),
        ),
        (),
    )


def test_flaws_are_warnings(tmp_path: Path):
    """ROIs without name or points, unknown words and wrong counts give one line each."""
    rois = [(None, SQUARE), ("", SQUARE), ("Shadow", SQUARE), ("Mass", [])]
    write_contours(tmp_path / "1.xml", rois, NumberOfROIs=5)
    contours, warnings = read_with_warnings(tmp_path / "1.xml")
    assert [(each.kind, each.word) for each in contours] == [
        ("unnamed", ""),
        ("unnamed", ""),
        ("unnamed", "Shadow"),
    ]
    assert warnings == (
        "NumberOfROIs is 5, but there are 4 ROIs",
        "ROI 4 has no points; it is left out",
        "2 of 4 ROIs have no name",
        "ROI name 'Shadow' is not known; it counts as unnamed",
    )


def test_only_the_first_image_is_read(tmp_path: Path):
    """A file of several images gives a warning, and the contours of the first one."""
    roi = {"Name": "Mass", "Point_px": ["(1, 2)"]}
    document = {"Images": [{"ROIs": [roi]}, {"ROIs": [roi, roi]}]}
    (tmp_path / "1.xml").write_bytes(plistlib.dumps(document))
    contours, warnings = read_with_warnings(tmp_path / "1.xml")
    assert len(contours) == 1
    assert warnings == ("Images has 2 images; only the first is read",)


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("</plist>", "", "not XML: no element found", 47),
        ("<dict>", "<dict", "not XML: not well-formed (invalid token)", 5),
        ("<key>Images</key>", "", "not an Apple property list", None),
        ("<integer>0</integer>", "<integer>none</integer>", "not an Apple property list", None),
        ("Images", "Pictures", "the file must have a list of Images; got None", None),
        ("<key>ROIs", "<key>R", "Images[0] must have a list of ROIs; got None", None),
        ("Point_px", "Points", "ROI 1 must have a list of Point_px; got None", None),
        (
            "(2.000000, 3.000000)",
            "(2.000000; 3.000000)",
            "ROI 1: a point of Point_px must be '(x, y)'; got '(2.000000; 3.000000)'",
            None,
        ),
        (
            "(2.000000, 3.000000)",
            "(2.0, nan)",
            "ROI 1: a point of Point_px must be '(x, y)'; got '(2.0, nan)'",
            None,
        ),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, old: str, new: str, rule: str, line: int | None):
    """A file that cannot be read is an error of one line: file, line and rule."""
    path = tmp_path / "1.xml"
    write_contours(path, [("Mass", SQUARE)])
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ContourError) as caught:
        read_contours(path)
    assert caught.value.rule == rule
    assert caught.value.line == line
    assert str(caught.value) == f"{path}{f':{line}' if line else ''}: {rule}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no xml",
        b"<plist/>",
        b"<plist><array/></plist>",
        b"<plist><dict><key>Images</key><array/></dict></plist>",
        b"<plist><dict><key>Images</key><array><string>x</string></array></dict></plist>",
        b"<plist><date>yesterday</date></plist>",
        b"bplist00",
        b"<plist>" + b"<array>" * 5000 + b"</array>" * 5000 + b"</plist>",
        b"<plist><dict><key>Images</key><integer>0x" + b"f" * 5000 + b"</integer></dict></plist>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><plist><string>&b;</string></plist>',
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes):
    """Empty files, files of another kind, and hostile ones: entities, nesting, huge numbers."""
    (tmp_path / "1.xml").write_bytes(content)
    with pytest.raises(ContourError):
        read_contours(tmp_path / "1.xml")


@given(st.data())
def test_any_damage_is_named(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    """A file that is cut or changed anywhere is either read or a ContourError."""
    path = tmp_path_factory.getbasetemp() / "damaged.xml"
    write_contours(path, [("Mass", SQUARE), (None, [(1, 2)])])
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=6))
        assume(content)
    path.write_bytes(content)
    try:
        contours = read_contours(path)
    except ContourError as error:
        assert "\n" not in str(error)
    else:
        assert all(each.kind in KINDS and each.points for each in contours)


def test_a_polygon_is_filled():
    """A pixel is inside if its centre is, 0.5 from its corner; rows are y, columns are x."""
    expected = np.zeros((10, 9), dtype=bool)
    expected[3:8, 2:6] = True
    assert np.array_equal(mask([contour(*SQUARE)], (10, 9)), expected)


def test_contours_add_up():
    """Overlapping contours do not cancel each other; without contours the mask is empty."""
    both = mask([contour(*SQUARE), contour(*SQUARE), contour((8, 9))], (12, 12))
    assert both[5, 4] and both[9, 8]
    assert not mask([], (12, 12)).any()


@pytest.mark.parametrize("points", [[(10.5, 20.5)], [(10.5, 20.5), (30.5, 20.5)]])
def test_one_and_two_points_are_discs(points: list[tuple[float, float]]):
    """A contour of one or two points is a disc of about half a millimetre around each."""
    covered = mask([contour(*points)], (40, 50))
    assert covered.sum() == len(points) * 37
    for x, y in points:
        column, row = int(x), int(y)
        assert covered[row - 3 : row + 4, column].all()
        assert covered[row, column - 3 : column + 4].all()


def test_a_polygon_without_a_pixel_centre_is_not_lost():
    """A polygon thinner than a pixel still has a mask."""
    assert mask([contour((5.1, 5.1), (5.2, 5.1), (5.2, 5.2))], (10, 10))[5, 5]


def test_masks_are_clipped():
    """Contours are clipped to the image; one far outside has an empty mask."""
    beyond = contour((-5, -5), (3, -5), (3, 4), (-5, 4))
    expected = np.zeros((10, 8), dtype=bool)
    expected[:4, :3] = True
    assert np.array_equal(mask([beyond], (10, 8)), expected)
    assert mask([contour((-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9))], (10, 8)).all()
    assert not mask([contour((50, 50)), contour((50, 50), (60, 50), (60, 60))], (10, 8)).any()


def test_outside_counts_contours_beyond_the_edge():
    """A point on the border of the image is inside; half a pixel further it is outside."""
    inside, right, above = contour((8, 10), (0, 0)), contour((8.5, 1)), contour((1, 1), (1, -0.5))
    assert count_outside([inside], (10, 8)) == 0
    assert count_outside([inside, right, above], (10, 8)) == 2


coordinates = st.floats(-20, 40)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8))
def test_a_mask_is_the_polygon(points: list[tuple[float, float]]):
    """A pixel is set if and only if its centre is inside by the even-odd rule."""
    shape = (15, 20)
    expected = np.array(
        [[is_inside(c + 0.5, r + 0.5, points) for c in range(shape[1])] for r in range(shape[0])]
    )
    assume(expected.any())
    assert np.array_equal(mask([contour(*points)], shape), expected)


def is_inside(x: float, y: float, points: list[tuple[float, float]]) -> bool:
    """Whether a ray from (x, y) to the left crosses the polygon an odd number of times."""
    crossings = 0
    corners = [(across - 0.5, down - 0.5) for across, down in points]
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        if min(y0, y1) <= y - 0.5 < max(y0, y1):
            crossings += x0 + (y - 0.5 - y0) * ((x1 - x0) / (y1 - y0)) <= x - 0.5
    return crossings % 2 == 1
