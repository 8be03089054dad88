"""A deflated data set, read forward like a file, without ever holding all of it."""

import zlib
from typing import BinaryIO

_CHUNK = 2**16  # bytes inflated at a time
_KEPT = 2**18  # bytes that can be read again: pydicom goes back by no more than 8 KiB
_MOST = 2**29  # bytes, twice the largest image that is read


class InflatedStream:
    """The bytes that a deflate stream holds, with read, seek and tell of a file.

    A few kilobytes can inflate to gigabytes; whoever reads decides how much is inflated.

    Args:
        stream: a file, at the first byte of the deflate stream.
    """

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._inflater = zlib.decompressobj(_window_bits(stream))
        self._kept = bytearray()
        self._start = 0  # of _kept
        self._position = 0

    def tell(self) -> int:
        """The position, in inflated bytes."""
        return self._position

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves to `offset`, counted from the start or, where `whence` is 1, from here.

        Raises:
            ValueError: that is further back than what is kept.
        """
        target = offset + (self._position if whence else 0)
        if target < self._start:
            raise ValueError(f"cannot go back to byte {target} of a deflated data set")
        while target > self._end and self._inflate():
            self._drop(before=min(target, self._end) - _KEPT)
        self._position = target
        return target

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, fewer at the end."""
        while self._end < self._position + size and self._inflate():
            pass
        first = self._position - self._start
        data = bytes(self._kept[first : first + size])
        self._position += len(data)
        self._drop(before=self._position - _KEPT)
        return data

    @property
    def _end(self) -> int:
        return self._start + len(self._kept)

    def _inflate(self) -> bool:
        """Inflates the next bytes; False at the end.

        Raises:
            ValueError: there is more than any mammogram has.
            zlib.error: the stream is damaged.
        """
        if self._end > _MOST:
            raise ValueError(f"it inflates to more than {_MOST} bytes")
        deflated = self._inflater.unconsumed_tail or self._stream.read(_CHUNK)
        inflated = self._inflater.decompress(deflated, _CHUNK)
        self._kept += inflated
        return bool(inflated or (deflated and not self._inflater.eof))

    def _drop(self, before: int) -> None:
        spare = max(before - self._start, 0)
        del self._kept[:spare]
        self._start += spare


def _window_bits(stream: BinaryIO) -> int:
    """For a raw deflate stream (RFC 1951, PS3.5 A.5), or one that a program wrapped (RFC 1950)."""
    header = stream.read(2)
    stream.seek(-len(header), 1)
    wrapped = header[:1] == b"\x78" and int.from_bytes(header, "big") % 31 == 0
    return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS
