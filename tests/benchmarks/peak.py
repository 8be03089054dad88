"""A core's peak speed in float32, measured: no network can be faster."""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.benchmarks.measure import measure

_SOURCE = Path(__file__).with_suffix(".c")
_OPERATIONS = 2 * 16 * 20  # of one turn of its loop
_TIMES, _ROUNDS = 20_000_000, 9


def peak_gflops() -> float | None:
    """GFLOP per second of CPU time of the loop in peak.c, the best of some rounds.

    None without a C compiler.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "peak.so"
        flags = ["-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC"]
        subprocess.run([compiler, *flags, "-o", library, _SOURCE], check=True)
        chains = ctypes.CDLL(str(library)).chains
    chains.argtypes = (ctypes.c_long, ctypes.c_float, ctypes.c_float)
    fastest = min(measure(lambda: chains(_TIMES, 0.5, 1.0)).cpu for _ in range(_ROUNDS))
    return _OPERATIONS * _TIMES / fastest / 1e9
