"""Files of a few kilobytes that would take gigabytes: refused in less memory than their image has.

Each bomb says 1024 x 1024 samples in its tags, and has something far larger inside.
"""

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
from pydicom import uid

from tests.mammo_tfds.dicoms import ramp, write
from tests.mammo_tfds.pixels.test_opening import data_set, deflate, head

SIDE = 1024
DECLARED = SIDE * SIDE * 2  # bytes
HUGE = 12000  # rows and columns: 288 MB

MEASURE = """
import json, re, sys
from pathlib import Path
from mammo_tfds.pixels.read import PixelError, read_pixels

def peak():
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

for path in sys.argv[1:]:
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): the peak becomes what is resident now
    before = peak()
    try:
        read_pixels(Path(path))
        message = "was read"
    except PixelError as error:
        message = str(error)
    print(json.dumps([message, peak() - before]))
"""


SIZE = {"Rows": SIDE, "Columns": SIDE}
UNDEFINED = 0xFFFFFFFF
OF_TAGS = ("a window", "a private element")
# An undefined length, the empty offset table and a fragment of 64 MiB.
FRAGMENT = struct.pack("<I2HI2HI", UNDEFINED, 0xFFFE, 0xE000, 0, 0xFFFE, 0xE000, 2**26)


def frame_header(marker: int, rows: int = HUGE, columns: int = HUGE) -> Callable[[bytes], bytes]:
    """Changes the size in the frame header of a JPEG or JPEG-LS stream."""

    def change(stream: bytes) -> bytes:
        at = stream.index(bytes((0xFF, marker))) + 5
        return stream[:at] + struct.pack(">2H", rows, columns) + stream[at + 4 :]

    return change


def patched(at: int, form: str, *values: int) -> Callable[[bytes], bytes]:
    """Changes the numbers at a position of a stream."""
    new = struct.pack(form, *values)
    return lambda stream: stream[:at] + new + stream[at + len(new) :]


def small_precincts(codestream: bytes) -> bytes:
    """Precincts of 2 x 2 in place of none (ISO/IEC 15444-1 A.6.1)."""
    at = codestream.index(b"\xff\x52")
    end = at + 2 + int.from_bytes(codestream[at + 2 : at + 4], "big")
    sizes = b"\x11" * (codestream[at + 9] + 1)  # for each resolution
    length = struct.pack(">HB", end - at - 2 + len(sizes), codestream[at + 4] | 1)
    head = codestream[: at + 2] + length + codestream[at + 5 : end]
    return head + sizes + codestream[end:]


SMALL = ramp(16, 16)
BYTES = (SMALL // 16).astype(np.uint8)
J2K = imagecodecs.jpeg2k_encode(SMALL, codecformat="j2k", reversible=True, bitspersample=12)
JP2 = imagecodecs.jpeg2k_encode(SMALL, codecformat="jp2", reversible=True, bitspersample=12)
JPEG = imagecodecs.jpeg8_encode(BYTES)
SCAN = JPEG[JPEG.index(b"\xff\xda") : -2]
EXTENDED = imagecodecs.jpeg8_encode(SMALL, bitspersample=12)
LOSSLESS = imagecodecs.jpeg8_encode(SMALL, lossless=True, bitspersample=12)
JPEG_LS = imagecodecs.jpegls_encode(SMALL)
LARGE = imagecodecs.jpeg2k_encode(ramp(SIDE, SIDE), codecformat="j2k", reversible=True)
SIZ_AT_8 = ">6I"  # Xsiz, Ysiz, XOsiz, YOsiz, XTsiz, YTsiz
HUGE_J2K = patched(8, SIZ_AT_8, HUGE, HUGE, 0, 0, HUGE, HUGE)
RUNS = b"\x81\x00" * 2**20  # 128 zeros each
RLE = struct.pack("<16I", 2, 64, 64 + len(RUNS), *[0] * 13) + RUNS + RUNS

STREAMS = {
    "J2K": (uid.JPEG2000Lossless, HUGE_J2K(J2K)),
    "JP2": (uid.JPEG2000, JP2[: JP2.index(b"jp2c") + 4] + HUGE_J2K(JP2[JP2.index(b"jp2c") + 4 :])),
    "HTJ2K": (uid.HTJ2KLossless, HUGE_J2K(imagecodecs.htj2k_encode(SMALL))),
    "J2K components": (uid.JPEG2000, patched(40, ">H", 16384)(J2K)),
    "J2K tiles": (uid.JPEG2000, patched(8, SIZ_AT_8, SIDE, SIDE, 0, 0, 8, 4)(J2K)),
    "J2K precincts": (uid.JPEG2000, small_precincts(LARGE)),
    "JPEG baseline": (uid.JPEGBaseline8Bit, frame_header(0xC0)(JPEG)),
    "JPEG extended": (uid.JPEGExtended12Bit, frame_header(0xC1)(EXTENDED)),
    "JPEG progressive": (
        uid.JPEGBaseline8Bit,
        frame_header(0xC2)(JPEG.replace(b"\xff\xc0", b"\xff\xc2", 1)),
    ),
    "JPEG arithmetic": (
        uid.JPEGBaseline8Bit,
        frame_header(0xC9)(JPEG.replace(b"\xff\xc0", b"\xff\xc9", 1)),
    ),
    "JPEG lossless": (uid.JPEGLosslessSV1, frame_header(0xC3)(LOSSLESS)),
    "JPEG in another syntax": (uid.RLELossless, frame_header(0xC0)(JPEG)),
    "JPEG scans": (
        uid.JPEGBaseline8Bit,
        frame_header(0xC0, SIDE, SIDE)(JPEG)[:-2] + SCAN * 1000 + b"\xff\xd9",
    ),
    "JPEG-LS": (uid.JPEGLSLossless, frame_header(0xF7)(JPEG_LS)),
    "JPEG-LS of a larger size": (
        uid.JPEGLSLossless,
        frame_header(0xF7, 0, 0)(JPEG_LS).replace(
            b"\xff\xda", struct.pack(">2sHBBII", b"\xff\xf8", 12, 4, 4, HUGE, HUGE) + b"\xff\xda", 1
        ),
    ),
    "RLE": (uid.RLELossless, RLE),
}


ZEROS = bytes(2**26)
DEFLATED = uid.DeflatedExplicitVRLittleEndian


def element(group: int, number: int, vr: bytes, length: int) -> bytes:
    return struct.pack("<2H2s2xI", group, number, vr, length)


def write_bombs(folder: Path) -> dict[str, Path]:
    """A file for each bomb."""
    bombs = {name: folder / f"{name}.dcm" for name in STREAMS}
    for name, (syntax, frame) in STREAMS.items():
        write(bombs[name], ramp(SIDE, SIDE), syntax, frame, **SIZE)
    tags = data_set(uid.ExplicitVRLittleEndian, ramp(), **SIZE)
    tags = tags[: tags.index(b"\xe0\x7f\x10\x00")]
    pixels = element(0x7FE0, 0x10, b"OW", len(ZEROS))
    many = {
        "native": pixels,
        "a fragment": pixels[:8] + FRAGMENT,
        "a window": element(0x28, 0x1050, b"UN", len(ZEROS)),
        "a private element": element(0x29, 0x10, b"OB", UNDEFINED),
    }
    for name, last in many.items():
        data = tags + last + ZEROS
        bombs[name] = folder / f"{name}.dcm"
        bombs[name].write_bytes(head(folder, uid.ExplicitVRLittleEndian) + data)
        bombs[f"deflated {name}"] = folder / f"deflated {name}.dcm"
        bombs[f"deflated {name}"].write_bytes(head(folder, DEFLATED) + deflate(data))
    return bombs


def test_bombs(tmp_path: Path):
    """Each is refused in one line, with less memory than twice its image, and 16 MiB for tags.

    An RLE stream is read before it is known to be too long: it may take twice its file besides.
    """
    files = {"small": write(tmp_path / "small.dcm", ramp()), **write_bombs(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, *files.values()], capture_output=True, text=True, check=True
    )
    reports = [json.loads(line) for line in run.stdout.splitlines()]
    assert reports[0][0] == "was read"  # and has imported what is needed
    for name, (message, growth) in zip(files, reports, strict=True):
        if name != "small":
            assert message.startswith(f"{name}.dcm: "), name
            allowed = 2 * DECLARED + (2**24 if name.endswith(OF_TAGS) else 0)
            if name == "RLE":
                allowed += 2 * files[name].stat().st_size
            assert growth < allowed, (name, message)
