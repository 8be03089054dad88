"""TensorFlow, started once a process: its threads, its determinism, its peers, its strategy."""

import contextlib
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from jobs import machine
from jobs.errors import UsageError
from jobs.workers import ALONE, Workers

_workers = ALONE


def join(workers: Workers) -> None:
    """Has this process train with others, where there are any, from TensorFlow's start on.

    Raises:
        UsageError: TensorFlow was started already, alone.
    """
    global _workers
    if workers == _workers:
        return
    if _started.cache_info().currsize:
        raise UsageError(
            "--peers asks for a process of its own; this one, as that of mammo study, has "
            "started TensorFlow already: run mammo train by itself"
        )
    os.environ["TF_CONFIG"] = workers.tf_config
    _workers = workers


def start() -> Any:
    """Imports TensorFlow, quiet, deterministic, with the threads that this process may use."""
    return _started()[0]


def strategy() -> Any:
    """The strategy of this process's replicas.

    MultiWorkerMirroredStrategy with those whom it has joined, MirroredStrategy over all local
    GPUs, one device otherwise.
    """
    return _started()[1]


@functools.cache
def _started() -> tuple[Any, Any]:
    # What fails raises an exception; what is logged is advice on oneDNN and missing GPUs.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _quiet_unless_it_fails():
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(machine.thread_count())
        tf.config.threading.set_inter_op_parallelism_threads(1)
        tf.config.experimental.enable_op_determinism()
        made = _strategy(tf)  # its server can only be started before the first operation
        tf.function(tf.zeros)(1)  # the first operation and the first graph log once more
    return tf, made


def _strategy(tf: Any) -> Any:
    if _workers.count > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.OneDeviceStrategy("/cpu:0")


def determinism() -> dict[str, object]:
    """What makes a run come out the same again; goes into manifests."""
    return {"op_determinism": True, "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0"}


def device() -> str:
    """The device that TensorFlow computes on: its GPUs' names, or cpu."""
    tf = start()
    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    return ", ".join(str(name) for name in names) or "cpu"


def gpu() -> int | None:
    """The number of the first GPU that TensorFlow may use; None where there is none."""
    return 0 if start().config.list_physical_devices("GPU") else None


def tensor(array: Any) -> Any:
    """Another library's tensor as TensorFlow's, by DLPack: on its device, uncopied.

    NumPy's arrays are copied: TensorFlow ends the process where memory is not aligned to 64 bytes.
    """
    if isinstance(array, np.ndarray):
        return start().constant(array)
    return start().experimental.dlpack.from_dlpack(array.__dlpack__())


def save_weights(model: Any, path: Path) -> None:
    """Writes a Keras model's weights in Keras 3's form, whatever the path's ending.

    By way of a temporary file: HDF5 does not survive a full disk, a copy says that it is full.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "x.weights.h5"  # the ending by which Keras tells the form
        model.save_weights(whole)
        shutil.copyfile(whole, path)


@contextlib.contextmanager
def _quiet_unless_it_fails() -> Iterator[None]:
    """Holds back what native code writes to stderr before its log levels are in force."""
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile("w+b") as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            with os.fdopen(os.dup(stderr), "wb") as shown:
                shutil.copyfileobj(held, shown)
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
