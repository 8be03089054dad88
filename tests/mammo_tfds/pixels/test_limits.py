"""What decoding one image may take."""

import errno
import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from mammo_tfds.pixels.children import Death
from mammo_tfds.pixels.limits import explain_death, limit_decoding

PATH = Path("AllDICOMs/1_0123456789abcdef_MG_L_CC_ANON.dcm")


def test_memory_beyond_the_limit_is_refused():
    """Also where the machine has it, and before it is used."""
    with pytest.raises(MemoryError), limit_decoding(memory=64 * 2**20):
        np.empty(2**30, np.uint8)


def test_memory_below_the_limit_is_given():
    """What this process has already does not count."""
    ballast = np.empty(2**30, np.uint8)
    with limit_decoding(memory=64 * 2**20):
        assert np.empty(2**25, np.uint8).size < ballast.size


def test_afterwards_nothing_is_limited():
    """Also after an error: the process goes on to write what it has decoded."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(ZeroDivisionError), limit_decoding():
        assert resource.getrlimit(resource.RLIMIT_DATA) != before
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        raise ZeroDivisionError
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


@pytest.mark.parametrize(
    ("exitcode", "words"),
    [
        (-signal.SIGALRM, "decoding must take at most 120 s, and takes longer"),
        (-signal.SIGABRT, "the decoder crashes on it (SIGABRT)"),
        (3, "the decoder crashes on it (exit code 3)"),
    ],
)
def test_a_death_in_one_line(exitcode: int, words: str):
    """It names the file and what to do."""
    line = explain_death(PATH, Death(exitcode))
    assert line.startswith(f"{PATH.name}: {words}")
    assert line.endswith(", or leave it out")


def test_a_process_killed_from_outside():
    """SIGKILL is no codec's: where memory is full the image may be sound, and is not left out."""
    with pytest.raises(OSError, match="killed from outside") as caught:
        explain_death(PATH, Death(-signal.SIGKILL))
    assert (caught.value.errno, caught.value.filename) == (errno.ENOMEM, str(PATH))
