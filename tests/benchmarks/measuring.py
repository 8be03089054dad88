"""CPU time of things that take turns in one process, so that what else runs falls on all alike."""

import ctypes
import gc
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

from jobs import machine

_SOURCE = Path(__file__).with_name("peak.c")
_OPERATIONS = 2 * 16 * 20  # of one turn of its loop
_TIMES, _ROUNDS = 20_000_000, 9


def cpu_milliseconds(
    calls: Mapping[str, Callable[[], object]], units: int, rounds: int
) -> dict[str, float]:
    """The median CPU time of each call in milliseconds a unit: user and system, all threads."""
    for call in calls.values():
        call()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            gc.collect()
            before = machine.cpu_seconds()
            call()
            taken[name].append((machine.cpu_seconds() - before) * 1e3 / units)
    return {name: median(each) for name, each in taken.items()}


def peak_gflops() -> float | None:
    """What a core reaches in float32, in GFLOP a second of CPU time: peak.c, the best of rounds.

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
    taken = []
    for _ in range(_ROUNDS):
        before = machine.cpu_seconds()
        chains(_TIMES, 0.5, 1.0)
        taken.append(machine.cpu_seconds() - before)
    return _OPERATIONS * _TIMES / min(taken) / 1e9
