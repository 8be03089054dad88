"""OpenVINO, an optional library: whether it can be used here, and how it runs a model."""

import functools
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jobs.common import resources
from jobs.common.errors import ConfigError

_CPUINFO = Path("/proc/cpuinfo")
_INT8 = {"avx512_vnni", "avx_vnni", "asimddp"}  # x86's and Arm's products of bytes, added exactly


@functools.cache
def start() -> Any:
    """Imports OpenVINO.

    Raises:
        ConfigError: it is not installed; names the extra that brings it.
    """
    _require_installed()
    import openvino

    return openvino


def _require_installed() -> None:
    if find_spec("openvino") is None:
        raise ConfigError(
            "model.precision int8 needs OpenVINO, which is not installed: install mammo[int8], or "
            "set another precision"
        )


def require_int8(cpuinfo: Path = _CPUINFO) -> None:
    """Returns if OpenVINO is installed and the processor adds products of bytes exactly.

    Older processors add them in 16 bits, which overflow: the same model would give other features.

    Raises:
        ConfigError: one of the two is missing; names what to do.
    """
    _require_installed()
    words = set(cpuinfo.read_text().split()) if cpuinfo.exists() else set()
    if not words & _INT8:
        raise ConfigError(
            f"model.precision int8 needs a processor with one of {', '.join(sorted(_INT8))}; this "
            "one has none: set another precision"
        )


def operations() -> Any:
    """The operations that a model is built of; opset 13 is read by OpenVINO 2024 and later."""
    start()
    from openvino import opset13

    return opset13


def compile_model(model: Any) -> Any:
    """A model ready to run, on the threads that this process may use, one call at a time.

    What is not quantised is computed in float32, also where the processor has shorter floats.
    """
    properties = {
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": resources.thread_count(),
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,  # the cores may be shared
    }
    return start().Core().compile_model(model, "CPU", properties)


def write_model(model: Any, path: Path) -> None:
    """Writes a model as `path`, an .xml, and its weights beside it as a .bin.

    By way of a temporary folder: OpenVINO does not report a full disk, a copy does.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / path.name
        start().serialize(model, whole, whole.with_suffix(".bin"))
        for file in (whole, whole.with_suffix(".bin")):
            shutil.copyfile(file, path.with_name(file.name))


def determinism() -> dict[str, object]:
    """The settings that make a run reproducible, for manifests."""
    return {"inference_precision": "f32"}
