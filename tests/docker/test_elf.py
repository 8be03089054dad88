"""docker/elf.py: the loader sees no difference between a smaller library and the whole one."""

import os
import re
import struct
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import elf
import pytest

DALI = Path(find_spec("nvidia.dali").origin).parent
LIBRARY = DALI / "libdali.so"


@pytest.fixture(scope="module")
def library() -> bytes:
    """A library with symbols behind, and GPU code within, what is loaded."""
    return LIBRARY.read_bytes()


def loaded(data: bytes) -> dict[int, bytes]:
    """The segments of a library as they lie in memory, by their addresses."""
    table, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    found = {}
    for number in range(count):
        kind, _, offset, address, _, size, memory, align = struct.unpack_from(
            "<IIQQQQQQ", data, table + number * 56
        )
        if kind == 1:
            assert (offset - address) % align == 0, "the loader refuses it"
            found[address] = data[offset : offset + size].ljust(memory, b"\0")
    return found


def memory(data: bytes) -> bytes:
    """All of a library's memory in one piece, its own headers aside: these differ."""
    segments = loaded(data)
    whole = bytearray(max(address + len(content) for address, content in segments.items()))
    for address, content in segments.items():
        whole[address : address + len(content)] = content
    return bytes(whole[4096:])


def test_without_symbols_the_memory_is_the_same(library):
    """Every address has the same byte, and the file is smaller."""
    smaller = b"".join(elf.shrink(library, gpu_code=True))
    assert memory(smaller) == memory(library)
    assert len(smaller) < 0.9 * len(library)


def test_without_gpu_code_the_rest_is_the_same(library):
    """Only GPU code differs: it is zeros."""
    smaller = memory(b"".join(elf.shrink(library, gpu_code=False)))
    whole = memory(library)
    assert len(smaller) == len(whole)
    differing = [at for at in range(0, len(whole), 4096) if smaller[at:][:8] != whole[at:][:8]]
    start, end = differing[0], differing[-1] + 4096
    assert not any(smaller[start:end])
    assert smaller[:start] + smaller[end:] == whole[:start] + whole[end:]
    assert whole.find(b"\x50\xed\x55\xba") + 4096 > start, "a fat binary's magic number"
    assert end - start > 2_000_000


@pytest.mark.parametrize("gpu_code", [True, False])
def test_a_smaller_library_loads(library, tmp_path: Path, gpu_code: bool):
    """The loader accepts it, and finds its functions by name."""
    path = tmp_path / LIBRARY.name
    path.write_bytes(b"".join(elf.shrink(library, gpu_code=gpu_code)))
    code = "import ctypes, sys; ctypes.CDLL(sys.argv[1]).daliInitialize"
    places = f"{DALI}:{DALI / '.libs'}"
    environment = {**os.environ, "LD_LIBRARY_PATH": places}
    subprocess.run([sys.executable, "-c", code, path], check=True, env=environment)


def test_shrinking_twice_changes_nothing_more(library):
    """A library that was shrunk before stays as it is."""
    once = b"".join(elf.shrink(library, gpu_code=False))
    assert b"".join(elf.shrink(once, gpu_code=False)) == once


def test_a_file_that_is_not_a_library_is_refused():
    """A linker's script may be named .so, too."""
    with pytest.raises(ValueError, match=re.escape("not a 64-bit ELF file")):
        elf.shrink(b"INPUT(-lm)", gpu_code=True)
