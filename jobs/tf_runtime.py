"""TensorFlow, started once a process: its threads, its determinism, its strategy."""

import functools
import os
from typing import Any

from jobs import machine


@functools.cache
def start() -> Any:
    """Imports TensorFlow, quiet, deterministic, with the threads that this process may use."""
    # What fails raises an exception; what is logged is advice on oneDNN and missing GPUs.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(machine.thread_count())
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    return tf


def determinism() -> dict[str, object]:
    """What makes a run come out the same again; goes into manifests."""
    return {"op_determinism": True, "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "1") != "0"}


def device() -> str:
    """The device that TensorFlow computes on: its GPUs' names, or cpu."""
    tf = start()
    gpus = tf.config.list_physical_devices("GPU")
    names = [tf.config.experimental.get_device_details(gpu).get("device_name") for gpu in gpus]
    return ", ".join(str(name) for name in names) or "cpu"


def strategy() -> Any:
    """MirroredStrategy over all local GPUs; one device otherwise."""
    tf = start()
    if tf.config.list_physical_devices("GPU"):
        return tf.distribute.MirroredStrategy()
    return tf.distribute.OneDeviceStrategy("/cpu:0")
