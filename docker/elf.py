"""Makes shared libraries smaller: leaves out GPU code, and what only debuggers and linkers read.

The loader maps what the program headers name. Symbols for debuggers lie behind that, and are cut
off. GPU code lies within: its place in memory is filled with zeros, as for .bss, and nothing else
moves. CUDA reads that code only when it first uses a GPU. ELF: man 5 elf, for 64 bits.
"""

import struct
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from itertools import pairwise

_GPU_CODE = (b".nv_fatbin", b"__nv_relfatbin")
_LOAD = 1
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")


@dataclass(frozen=True)
class Segment:
    """A program header: `size` bytes at `offset` of the file are `memory` bytes at `address`."""

    kind: int
    flags: int
    offset: int
    address: int
    physical: int
    size: int
    memory: int
    align: int

    @property
    def end(self) -> int:
        """Where it ends in the file."""
        return self.offset + self.size

    def cut(self, start: int, end: int) -> list["Segment"]:
        """The segment without a part of the file: zeros in memory, and a second segment after."""
        if self.kind != _LOAD or not self.offset <= start < end <= self.end:
            return [self]
        ahead = end - self.offset
        return [
            replace(self, size=start - self.offset, memory=ahead),
            replace(
                self,
                offset=end,
                address=self.address + ahead,
                physical=self.physical + ahead,
                size=self.size - ahead,
                memory=self.memory - ahead,
            ),
        ]


def shrink(data: bytes, *, gpu_code: bool) -> list[bytes]:
    """The pieces of a library that the loader reads; its GPU code only with `gpu_code`.

    Raises:
        ValueError: it is not a 64-bit ELF file, or has no room for the headers of its pieces.
    """
    if data[:5] != b"\x7fELF\x02":
        raise ValueError("not a 64-bit ELF file")
    header = list(_HEADER.unpack_from(data))
    table, count = header[5], header[10]
    sections = list(_sections(data, first=header[6], count=header[12], names=header[13]))
    places = range(table, table + count * _SEGMENT.size, _SEGMENT.size)
    segments = [Segment(*_SEGMENT.unpack_from(data, place)) for place in places]
    page = max(segment.align for segment in segments if segment.kind == _LOAD)
    for gap in [] if gpu_code else _gpu_code(sections, page):
        segments = [piece for segment in segments for piece in segment.cut(*gap)]
    size = table + len(segments) * _SEGMENT.size
    if len(segments) > count and size > min(offset for _, offset, _ in sections if offset):
        raise ValueError("no room for more program headers")
    gaps = list(_gaps(segments, page))
    header[6], header[10], header[12], header[13] = 0, len(segments), 0, 0
    head = _HEADER.pack(*header).ljust(table, b"\0")
    for segment in segments:
        before = sum(end - start for start, end in gaps if end <= segment.offset)
        head += _SEGMENT.pack(*astuple(replace(segment, offset=segment.offset - before)))
    loaded = max(segment.end for segment in segments if segment.kind == _LOAD)
    starts, ends = [len(head), *(gap[1] for gap in gaps)], [*(gap[0] for gap in gaps), loaded]
    return [head, *(data[start:end] for start, end in zip(starts, ends, strict=True))]


def _sections(data: bytes, first: int, count: int, names: int) -> Iterator[tuple[bytes, int, int]]:
    """Each section's name, offset and size; none if an earlier call has cut them off."""
    found = [_SECTION.unpack_from(data, first + each * _SECTION.size) for each in range(count)]
    for name, _, _, _, offset, size, *_ in found:
        start = found[names][4] + name
        yield data[start : data.index(b"\0", start)], offset, size


def _gpu_code(sections: list[tuple[bytes, int, int]], page: int) -> Iterator[tuple[int, int]]:
    """The whole pages of GPU code, as parts of the file."""
    for name, offset, size in sections:
        start, end = -(-offset // page) * page, (offset + size) // page * page
        if name in _GPU_CODE and start < end:
            yield start, end


def _gaps(segments: list[Segment], page: int) -> Iterator[tuple[int, int]]:
    """The whole pages of the file that nothing is loaded from, except at its end."""
    loaded = sorted((each.offset, each.end) for each in segments if each.kind == _LOAD)
    for (_, end), (offset, _) in pairwise(loaded):
        start, stop = -(-end // page) * page, offset // page * page
        if start < stop:
            yield start, stop
