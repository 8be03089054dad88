"""TensorFlow, started once per process: its threads, determinism, peers and strategy."""

import contextlib
import errno
import functools
import io
import math
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from jobs.common import resources
from jobs.common.atomic_write import name_errors
from jobs.common.errors import ConfigError, UsageError
from jobs.common.types import Array, Tensor

Model: TypeAlias = Any
"""A Keras model."""

Layer: TypeAlias = Any
"""A Keras layer."""

# How long this process waits for its peers: longer than the longest back-off of a Job's pods, so
# that a restarted peer still finds the others. That is 600 s in Kubernetes' job_controller.go
# (MaxJobPodFailureBackOff), whatever the documentation says.
_PEER_SECONDS = 900
_ALIGNMENT = 64  # bytes: a tensor's address is a multiple of it
_peers = 1


def join(tf_config: str, peers: int) -> None:
    """Makes this process train with others, from TensorFlow's start on.

    Args:
        tf_config: the addresses of all, as TensorFlow reads them in the variable TF_CONFIG.
        peers: how many there are, this process included.

    Raises:
        UsageError: TensorFlow was started already, alone.
    """
    global _peers
    if _start_once.cache_info().currsize:
        raise UsageError(
            "--peers asks for a process of its own; this one, as that of mammo study, has "
            "started TensorFlow already: run mammo train by itself"
        )
    os.environ["TF_CONFIG"] = tf_config
    _peers = peers


@functools.cache
def import_tensorflow() -> Any:
    """TensorFlow's module, which logs nothing and is not started yet: a process may still fork.

    Raises:
        ConfigError: it is not installed; names the extras that bring it.
    """
    require_installed()
    _onednn()  # remembers the variables, which TensorFlow reads as it is imported
    # What fails raises an exception; what is logged is advice on oneDNN and missing GPUs.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silence_stderr():
        import tensorflow as tf

        tf.get_logger().setLevel("ERROR")
    return tf


def require_installed() -> None:
    """Raises ConfigError where TensorFlow is not installed; names the extras that bring it."""
    if find_spec("tensorflow") is None:
        raise ConfigError(
            "this needs TensorFlow, which is not installed: install mammo[cpu] or mammo[gpu]"
        )


def start() -> Any:
    """Imports TensorFlow, quiet, deterministic, with the threads that this process may use.

    Raises:
        ConfigError: it is not installed; names the extras that bring it.
    """
    return _start_once()[0]


def strategy() -> Any:
    """The strategy of this process's replicas.

    MultiWorkerMirroredStrategy with the peers that it has joined, MirroredStrategy over all local
    GPUs, one device otherwise.
    """
    return _start_once()[1]


@functools.cache
def _start_once() -> tuple[Any, Any]:
    """TensorFlow's module, started, and the strategy of this process's replicas."""
    tf = import_tensorflow()
    with _silence_stderr():
        tf.config.threading.set_intra_op_parallelism_threads(resources.thread_count())
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_op_determinism()
        tf.config.experimental.enable_tensor_float_32_execution(False)  # float32 is float32
        for gpu in tf.config.list_physical_devices("GPU"):
            tf.config.experimental.set_memory_growth(gpu, True)  # DALI is on the same one
        created = _create_strategy(tf)  # its server must be started before the first operation
        # The first operation and the first graph log once more.
        tf.function(tf.zeros, autograph=False)(1)
    return tf, created


def _create_strategy(tf: Any) -> Any:
    if _peers > 1:
        # TensorFlow waits an hour for a peer that does not come, and no Python handler runs
        # meanwhile. SIGALRM's default action ends the process, and its supervisor exits with 75.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_PEER_SECONDS)
        created = tf.distribute.MultiWorkerMirroredStrategy()
        signal.alarm(0)
        return created
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.OneDeviceStrategy("/cpu:0")


def determinism() -> dict[str, object]:
    """The settings that make a run reproducible, for manifests.

    `onednn_max_isa` is the widest instruction set that oneDNN may use, as in ONEDNN_MAX_CPU_ISA:
    processors with others sum in another order.
    """
    return {"op_determinism": True, **_onednn()}


@functools.cache
def _onednn() -> dict[str, object]:
    return {
        "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0",
        "onednn_max_isa": os.environ.get("ONEDNN_MAX_CPU_ISA", "ALL").upper(),
    }


def device() -> str:
    """The device that TensorFlow computes on: its GPUs' names, or cpu."""
    tf = start()
    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    return ", ".join(str(name) for name in names) or "cpu"


def gpu() -> int | None:
    """The number of the first GPU that TensorFlow may use; None where there is none."""
    return 0 if start().config.list_physical_devices("GPU") else None


def tensor(array: Tensor) -> Tensor:
    """Another library's tensor as TensorFlow's, by DLPack: on its device, uncopied.

    A NumPy array is copied: it may begin anywhere, and TensorFlow ends the process where a tensor
    does not begin at a multiple of 64 bytes, as DALI's and those of `aligned_array` do.
    """
    tf = start()
    if isinstance(array, np.ndarray):
        return tf.constant(array)
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


def aligned_array(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """A new array that TensorFlow can take over: see `adopt`."""
    size = math.prod(shape) * dtype.itemsize
    memory = np.empty(size + _ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % _ALIGNMENT
    return memory[first : first + size].view(dtype).reshape(shape)


def adopt(array: Array) -> Tensor:
    """An array of `aligned_array` as a tensor, uncopied: it must not be written to afterwards."""
    return start().experimental.dlpack.from_dlpack(array.__dlpack__())


class _WeightsInMemory(io.BytesIO):
    """A BytesIO that Keras saves weights in, as it has a name with the ending of such files."""

    def __str__(self) -> str:
        return "memory.weights.h5"


def save_weights(model: Model, path: Path) -> None:
    """Writes a Keras model's weights in Keras 3's form, whatever the path's ending.

    By way of memory: HDF5 does not survive a full disk, so it never writes to one here.
    """
    whole = _WeightsInMemory()
    model.save_weights(whole)
    with name_errors(path):
        path.write_bytes(whole.getbuffer())


def disk_error(error: BaseException | None, path: Path | None) -> OSError | None:
    """An OSError in place of an error of TensorFlow that is the disk's, which it has as text."""
    if not isinstance(error, start().errors.OpError):
        return None
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES):
        if os.strerror(number) in str(error):
            return OSError(number, os.strerror(number), str(path))
    return None


@contextlib.contextmanager
def _silence_stderr() -> Iterator[None]:
    """Suppresses what native code writes to stderr; an exception shows it after all.

    Native code logs before its log levels are in force.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile("w+b") as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            with os.fdopen(os.dup(stderr), "wb") as terminal:
                shutil.copyfileobj(log, terminal)
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
