"""The header of a JPEG 2000 frame: its shape, and whether its parts would fill the memory."""

import struct
from collections.abc import Iterator

_JP2 = b"\0\0\0\x0cjP  "  # the signature box, ISO/IEC 15444-1 I.5.1
_CODESTREAM = b"\xff\x4f\xff\x51"  # SOC and SIZ, ISO/IEC 15444-1 A.4.1 and A.5.1
_SOT, _SOD, _EOC, _COD, _COC = 0xFF90, 0xFF93, 0xFFD9, 0xFF52, 0xFF53  # table A.2
# Samples. A decoder takes kilobytes for each tile and for each precinct, however small they are.
_SMALLEST_TILE, _SMALLEST_PRECINCT = 64 * 64, 32 * 32


def find_codestream(frame: bytes) -> bytes:
    """The codestream that a frame is, or that it has in a JP2 file (I.4); b"" where it has none.

    PS3.5 A.4.4 allows no JP2 boxes. Some, such as palettes, would multiply the components.

    Raises:
        ValueError, struct.error: the boxes are damaged.
    """
    if not frame.startswith(_JP2):
        return frame if frame.startswith(_CODESTREAM) else b""
    position = 0
    while True:
        length, kind = struct.unpack_from(">I4s", frame, position)
        if kind == b"jp2c":
            return find_codestream(frame[position + (16 if length == 1 else 8) :])
        if length < 8:
            raise ValueError("a JP2 box has no length")
        position += length


def read_shape(codestream: bytes) -> tuple[int, ...]:
    """(rows, columns), with a third number where there are more components than one (A.5.1, B.2).

    Raises:
        ValueError, struct.error: the header is damaged, or its parts are too small.
    """
    right, bottom, left, top, tile_width, tile_height = struct.unpack_from(">6I", codestream, 8)
    components, _, step_x, step_y = struct.unpack_from(">H3B", codestream, 40)
    if (step_x, step_y) != (1, 1):
        raise ValueError("its component is subsampled")
    rows, columns = bottom - top, right - left
    tile = min(tile_height, rows), min(tile_width, columns)
    if tile[0] * tile[1] < min(_SMALLEST_TILE, rows * columns):
        raise ValueError(f"its tiles are {tile_height} x {tile_width}")
    for sizes in _precincts(codestream):
        _require_large_precincts(sizes, tile)
    return (rows, columns, components)[: 3 if components != 1 else 2]


def _precincts(codestream: bytes) -> Iterator[bytes]:
    """The precinct sizes of each COD and COC segment, in all headers (A.6.1, A.6.2)."""
    position = 2
    tile_end = len(codestream)
    while position + 4 <= len(codestream):
        marker, length = struct.unpack_from(">2H", codestream, position)
        if marker == _EOC:
            return
        if marker == _SOD:  # the samples of a tile-part follow
            position = tile_end
            continue
        if marker == _SOT:
            [size] = struct.unpack_from(">I", codestream, position + 6)
            tile_end = position + size if size >= 14 else len(codestream)
        skipped = {_COD: 14, _COC: 11}.get(marker)
        if skipped:
            yield codestream[position + skipped : position + 2 + length]
        position += 2 + length


def _require_large_precincts(sizes: bytes, tile: tuple[int, int]) -> None:
    """Raises ValueError if the precincts of a resolution are too small (A.6.1, table A.21)."""
    for reduction, size in enumerate(reversed(sizes)):
        height, width = 2 ** (size >> 4), 2 ** (size & 15)
        samples = (tile[0] >> reduction) * (tile[1] >> reduction)
        if height * width < min(_SMALLEST_PRECINCT, samples):
            raise ValueError(f"its precincts are {height} x {width}")
