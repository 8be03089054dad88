"""A DICOM file -> pixels: real files, files without a window, and files that are refused."""

import gzip
import logging
import math
import pickle
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array

from mammo_tfds.pixels import read
from mammo_tfds.pixels.limits import limit_decoding
from mammo_tfds.pixels.read import PixelError, image_size, pixels_sha256, read_pixels
from tests.mammo_tfds.dicoms import PATIENT, ramp, write

FILM = {"BitsStored": 12, "HighBit": 11}
same_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def real(shared: Path) -> Path:
    return shared / "real_mg_dicom"


# Files of other projects: values computed by hand from samples that another decoder read


def test_sigmoid_lut_of_a_digital_mammogram(real: Path):
    """The first VOI LUT is the manufacturer's sigmoid of centre 2653 and width 900, in 12 bits."""
    file = real / "mg_jpeg_lossless_3062x2394.dcm"
    stored = pixel_array(file, decoding_plugin="gdcm")
    shown = read_pixels(file)
    for (row, column), sample in {(1400, 1800): 2903, (1800, 1500): 2264}.items():
        assert stored[row, column] == sample
        sigmoid = 65535 / (1 + math.exp(-4 * (sample - 2653) / 900))  # 49304, 9882
        assert shown[row, column] == pytest.approx(sigmoid, abs=65535 / 4095)
    assert not shown[stored <= 30].any()  # its padding


def test_other_windows_of_a_digital_mammogram(real: Path):
    """HARDER and SOFTER are the LUTs 2 and 3; NORMAL, HARDER and SOFTER again the windows 4 to 6.

    A window is the sigmoid itself, its LUT an approximation in 12 bits. SOFTER is the widest.
    """
    file = real / "mg_jpeg_lossless_3062x2394.dcm"
    curves = {2: (2713, 750), 3: (2569, 1050), 5: (2713, 750), "widest": (2569, 1050)}
    for window, (center, width) in curves.items():
        sigmoid = 65535 / (1 + math.exp(-4 * (2903 - center) / width))
        error = 0.5 if window in (5, "widest") else 65535 / 4095
        assert read_pixels(file, window)[1400, 1800] == pytest.approx(sigmoid, abs=error)
    stored = read_pixels(file, "none")
    assert stored[1400, 1800] == 2903


def test_a_warning_names_the_file(real: Path):
    """By default it is a Python warning; it can be given to a function instead."""
    file = real / "mg_jpeg_lossless_3062x2394.dcm"
    message = f"{file.name}: window 9 is not there, the file has 6; window 1 is used"
    with pytest.warns(UserWarning, match=f"^{message}$"):
        shown = read_pixels(file, 9)
    assert np.array_equal(shown, read_pixels(file, 1))
    lines: list[str] = []
    read_pixels(file, 9, lines.append)
    assert lines == [message]


def test_overlay_out_of_bounds_is_not_drawn(real: Path):
    """The pixels are the linear window of the samples; the overlay outside is ignored."""
    file = real / "mg_overlay_out_of_bounds.dcm"
    stored = pixel_array(file, decoding_plugin="gdcm")
    shown = read_pixels(file)
    assert shown.shape == (788, 1318)
    assert stored[400, 700] == 1246
    assert shown[400, 700] == round(1246 / 4095 * 65535)  # c 2048, w 4096: x / 4095
    assert np.abs(shown - stored / 4095 * 65535).max() <= 0.51


def test_film_in_two_compressions(real: Path):
    """JPEG 2000 agrees with OpenJPEG, and 12-bit JPEG Extended with the same film."""
    file = real / "mg_jpeg2000_lossy.dcm"
    stored = pixel_array(file, decoding_plugin="pylibjpeg")
    shown = read_pixels(file)
    assert stored[2000, 700] == 2365
    assert shown[2000, 700] == round(((2365 - 2046.5) / 4094 + 0.5) * 65535)  # c 2047, w 4095
    other = read_pixels(real / "mg_jpeg_extended_lossy.dcm")
    difference = np.abs(shown.astype(int) - other)
    assert difference.mean() < 0.004 * 65535
    assert np.percentile(difference, 99.9) < 0.02 * 65535


def test_page_of_text_is_refused(real: Path):
    """A page of text that is tagged as a mammogram has two grey levels, and is refused."""
    with pytest.raises(PixelError, match=r"^mg_phantom_8bit\.dcm: .*16 grey levels or more; got 2"):
        read_pixels(real / "mg_phantom_8bit.dcm")


def test_tomosynthesis_is_refused_by_name(real: Path):
    """A multi-frame object is refused, with its number of frames."""
    with pytest.raises(PixelError, match=r"NumberOfFrames .* got '4': multi-frame .*tomosynthesis"):
        read_pixels(real / "mg_tomosynthesis_multiframe_jpeg2000.dcm")


def test_monochrome1_comes_out_dark(shared: Path):
    """MONOCHROME1 is inverted to 255 - sample, so the side without the breast is dark."""
    turned = 0
    for file in sorted((shared / "real_mammograms" / "AllDICOMs").iterdir())[:60]:
        shown = read_pixels(file)
        stored = pydicom.dcmread(file)
        edges = np.median(shown[:, :20]), np.median(shown[:, -20:])
        if stored.PhotometricInterpretation == "MONOCHROME1":
            turned += 1
            assert min(edges) < 10
            assert np.array_equal(shown, 255 - stored.pixel_array.astype(np.uint16))
        else:
            assert np.array_equal(shown, stored.pixel_array)
    assert turned >= 5


def test_films_keep_their_samples(shared: Path):
    """Samples of 8 bits without a window are unchanged."""
    for file in sorted((shared / "real_masses" / "AllDICOMs").iterdir())[::100]:
        shown = read_pixels(file)
        assert np.array_equal(shown, pixel_array(file, decoding_plugin="gdcm"))
        assert image_size(file) == shown.shape == (800, 800)


# Files without VOI LUT and window


@st.composite
def radiographs(draw: st.DrawFn) -> np.ndarray:
    """(H, W) uint16 with at least 16 grey levels."""
    shape = draw(array_shapes(min_dims=2, max_dims=2, min_side=4, max_side=9))
    samples = draw(arrays(np.uint16, shape))
    levels = draw(st.sets(st.integers(0, 65535), min_size=16, max_size=16))
    samples.flat[:16] = sorted(levels)
    return samples


@same_folder
@given(radiographs(), st.sampled_from([uid.ExplicitVRLittleEndian, uid.ImplicitVRLittleEndian]))
def test_bare_file_round_trip(tmp_path: Path, samples: np.ndarray, syntax: uid.UID):
    """A file as in INbreast gives exactly the pixels that were written, in a writable array."""
    file = write(tmp_path / "a.dcm", samples, syntax)
    shown = read_pixels(file)
    assert shown.dtype == np.uint16
    assert np.array_equal(shown, samples)
    assert shown.flags.writeable
    assert image_size(file) == samples.shape


@pytest.mark.parametrize("modality", ["MG", "OT", "", None])
def test_inbreast_modalities(tmp_path: Path, modality: str | None):
    """INbreast has MG or OT; re-packed files may have no modality."""
    file = write(tmp_path / "a.dcm", ramp(), Modality=modality)
    assert np.array_equal(read_pixels(file), ramp())


@pytest.mark.parametrize("frames", [0, 1, "", None])
def test_one_frame(tmp_path: Path, frames: object):
    """NumberOfFrames 0 means one frame, as some programs write it, and so does none."""
    file = write(tmp_path / "a.dcm", ramp(), NumberOfFrames=frames)
    assert np.array_equal(read_pixels(file), ramp())


def test_warnings_name_the_file(tmp_path: Path):
    """A fault that does not prevent reading is told to `warn`, and is a warning without it."""
    file = write(tmp_path / "a.dcm", ramp(), PixelData=ramp().tobytes() + b"more")
    lines: list[str] = []
    read_pixels(file, warn=lines.append)
    assert len(lines) == 1
    assert lines[0].startswith("a.dcm: PixelData (7FE0,0010) must have 6144 bytes")
    with pytest.warns(UserWarning, match=r"^a\.dcm: PixelData"):
        read_pixels(file)


def test_signed_samples_in_upper_bits(tmp_path: Path):
    """All steps: signed, 12 of 16 bits below high bit 15, rescaled, windowed, MONOCHROME1."""
    samples = ramp().astype(np.int16) - 2048
    file = write(
        tmp_path / "a.dcm",
        samples << 4,
        BitsStored=12,
        HighBit=15,
        RescaleSlope=1,
        RescaleIntercept=2048,
        WindowCenter=2048,
        WindowWidth=4096,
        PhotometricInterpretation="MONOCHROME1",
    )
    assert read_pixels(file) == pytest.approx((1 - ramp() / 4095.0) * 65535, abs=0.51)


def test_size_is_read_from_the_header(tmp_path: Path):
    """`image_size` reads a file that ends before the pixels."""
    file = write(tmp_path / "a.dcm", ramp())
    data = file.read_bytes()
    file.write_bytes(data[: data.index(ramp().tobytes()[:64])])
    assert image_size(file) == (48, 64)
    with pytest.raises(PixelError, match=r"^a\.dcm: "):
        read_pixels(file)


def test_no_warnings_and_no_log(real: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """Real files, and one with a number longer than DS allows, cause no warning and no log."""
    caplog.set_level(logging.INFO)
    long = write(tmp_path / "a.dcm", ramp(), WindowCenter=2048, WindowWidth=4096)
    data = long.read_bytes()
    new = b"2048.00000000000000000"
    old = b"DS\x04\x002048"
    long.write_bytes(data.replace(old, b"DS" + len(new).to_bytes(2, "little") + new, 1))
    with warnings.catch_warnings(action="error"):
        for file in [long, *sorted(real.iterdir())]:
            try:
                read_pixels(file)
            except PixelError:
                assert file.name.startswith(("mg_phantom", "mg_tomo"))
    assert not caplog.records


# Refused: one line each, with the file's name, the rule and the value, but not the patient

COLOUR = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}
REFUSED = [
    (
        {"NumberOfFrames": 3},
        "NumberOfFrames (0028,0008) must be 1 or absent or 0; got '3': multi-frame",
    ),
    (COLOUR, "SamplesPerPixel (0028,0002) must be 1; got '3': colour"),
    (
        {"PhotometricInterpretation": "PALETTE COLOR"},
        "PhotometricInterpretation (0028,0004) must be MONOCHROME1 or MONOCHROME2;"
        " got 'PALETTE COLOR': colour",
    ),
    ({"PhotometricInterpretation": None}, "MONOCHROME1 or MONOCHROME2; got nothing"),
    ({"Modality": "MR"}, "Modality (0008,0060) must be MG or CR or DX or RG or OT or absent;"),
    ({"QualityControlImage": "YES"}, "QualityControlImage (0028,0300) must be NO or absent;"),
    ({"BitsAllocated": 32}, "BitsAllocated (0028,0100) must be 8 or 16; got '32'"),
    ({"BitsStored": 17}, "BitsStored (0028,0101) must be 1 to 16; got '17'"),
    ({"HighBit": 9}, "HighBit (0028,0102) must be 15; got '9'"),
    ({"PixelRepresentation": 2}, "PixelRepresentation (0028,0103) must be 0 or 1; got '2'"),
    ({"Rows": None}, "Rows (0028,0010) must be 1 to 65535; got nothing"),
    ({"Columns": 0}, "Columns (0028,0011) must be 1 to 65535; got '0'"),
    ({"Columns": [64, 64]}, "Columns (0028,0011) must be 1 to 65535; got '[64, 64]'"),
    (
        {"Rows": 20000, "Columns": 20000},
        "must be at most 134217728; got 20000 x 20000: no mammogram is so large",
    ),
    ({"PixelData": None}, "must have PixelData (7FE0,0010)"),
    ({"PixelData": b""}, "must have PixelData (7FE0,0010)"),
    ({"Rows": 49}, "PixelData (7FE0,0010) must have 6272 bytes, 49 x 64 x 2; got 6144"),
    (
        {"PixelData": bytes(6144)},
        "a mammogram has 16 grey levels or more; got 1: the image is blank",
    ),
    (
        {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 4080},
        "16 grey levels or more; padding leaves 1 of 3072: export the file again",
    ),
    (
        {"WindowCenter": [9000, 2048], "WindowWidth": [10, 4096]},
        "16 grey levels or more; data.window first and padding leave 1 of 3072: set data.window to"
        " first, widest, none or a number from 1 to 2",
    ),
    ({"RescaleSlope": "0", "RescaleIntercept": "0"}, "RescaleSlope (0028,1053) must not be 0"),
    ({"VOILUTSequence": [Dataset()]}, "LUTDescriptor (0028,3002) must be"),
]


def assert_refused(file: Path, message: str = "") -> None:
    with pytest.raises(PixelError) as caught:
        read_pixels(file)
    line = str(caught.value)
    assert line.startswith(f"{file.name}: ")
    assert message in line
    assert "\n" not in line
    assert not any(name in line for name in PATIENT.split("^"))
    assert str(pickle.loads(pickle.dumps(caught.value))) == line  # workers send it to their parent


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=lambda value: str(value)[:40])
def test_refused(tmp_path: Path, changes: dict[str, object], message: str):
    """The message names the tag, the allowed values and the file's value."""
    top = 4095 if "PixelPaddingValue" not in changes else 4080
    assert_refused(write(tmp_path / "1_MG_L_CC.dcm", ramp(top=top), **changes), message)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"not a DICOM file\n" * 20, "it has no DICM prefix: leave it out"),
        (bytes(132), "it has no DICM prefix: leave it out"),
        (b"", "it is empty: copy the file again"),
    ],
)
def test_text_file(tmp_path: Path, content: bytes, fault: str):
    """A text file called .dcm is refused, and an empty one, which a copy that broke off leaves."""
    file = tmp_path / "notes.dcm"
    file.write_bytes(content)
    assert_refused(file, f"must be a DICOM file; {fault}")


@pytest.mark.parametrize(
    "content", [gzip.compress(bytes(200), mtime=0), b"PK\x03\x04" + bytes(200)]
)
def test_packed_file(tmp_path: Path, content: bytes):
    """A gzip file or a zip archive called .dcm is named as that, with what unpacks it."""
    file = tmp_path / "1.dcm"
    file.write_bytes(content)
    assert_refused(file, "must be a DICOM file; it is ")
    assert_refused(file, "unpack it (")


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        (b"\xe0\x7f\x10\x00OW\0\0", "must have 6144 bytes, 48 x 64 x 2; got 4043309054"),
        (b"\x28\x00\x04\x00CS", "must have at most 16777216 bytes before PixelData; got more"),
    ],
    ids=["pixels", "text"],
)
def test_a_declared_length_is_not_trusted(tmp_path: Path, tag: bytes, message: str):
    """A tag that says that it has gigabytes is refused before it is read."""
    file = write(tmp_path / "1_MG_L_CC.dcm", ramp())
    head, _, rest = file.read_bytes().rpartition(tag)
    tag = tag.replace(b"CS", b"OB\0\0")
    file.write_bytes(head + tag + b"\xfe\xff\xff\xf0" + rest)
    with limit_decoding(memory=2**27):
        assert_refused(file, message)


def test_an_image_for_which_there_is_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It is refused in one line, wherever the memory runs out."""
    monkeypatch.setattr(read, "make_brightness_lut", lambda *_: np.empty(2**50))
    file = write(tmp_path / "1_MG_L_CC.dcm", ramp())
    assert_refused(file, "takes more memory than there is")


def test_the_hash_depends_on_the_size():
    """The same values in another shape have another hash."""
    pixels = np.arange(12, dtype=np.uint16)
    assert pixels_sha256(pixels.reshape(3, 4)) != pixels_sha256(pixels.reshape(4, 3))


def test_missing_file(tmp_path: Path):
    """Errors of the operating system stay OSErrors, which have their own exit code."""
    with pytest.raises(FileNotFoundError):
        read_pixels(tmp_path / "a.dcm")
    with pytest.raises(IsADirectoryError):
        image_size(tmp_path)


@pytest.mark.parametrize("target", ["nowhere.dcm", "link.dcm"])
def test_dangling_link(tmp_path: Path, target: str):
    """A link to nothing, or to itself, is a PixelError: waiting would not help."""
    link = tmp_path / "link.dcm"
    link.symlink_to(target)
    assert_refused(link, "must be a file; got a dangling link: copy")
    with pytest.raises(PixelError, match=r"link\.dcm: must be a file"):
        image_size(link)


@pytest.mark.parametrize("compressed", [False, True])
def test_truncated_anywhere(tmp_path: Path, compressed: bool):
    """A file that is cut off at any byte is refused in one line, without a warning."""
    frame = ramp().tobytes() if compressed else None
    syntax = uid.JPEGLSLossless if compressed else uid.ExplicitVRLittleEndian
    data = write(tmp_path / "whole.dcm", ramp(), syntax, frame).read_bytes()
    file = tmp_path / "a.dcm"
    with warnings.catch_warnings(action="error"):
        for length in [*range(132, 700, 3), *range(700, len(data), 197)]:
            file.write_bytes(data[:length])
            assert_refused(file)


@same_folder
@given(st.dictionaries(st.integers(132, 700), st.integers(0, 255), min_size=1, max_size=4))
@pytest.mark.filterwarnings(
    "ignore::UserWarning"
)  # pydicom's, of headers that contradict themselves
def test_damaged_anywhere(tmp_path: Path, flips: dict[int, int]):
    """If any bytes of the header change, the result is pixels or a PixelError."""
    window = {"WindowCenter": [2000, 3000], "WindowWidth": [4000, 1000]}
    data = bytearray(write(tmp_path / "whole.dcm", ramp(), **FILM, **window).read_bytes())
    for position, value in flips.items():
        data[position] = value
    file = tmp_path / "a.dcm"
    file.write_bytes(data)
    try:
        shown = read_pixels(file)
    except PixelError:
        assert_refused(file)
    else:
        assert shown.dtype == np.uint16
        assert shown.ndim == 2
