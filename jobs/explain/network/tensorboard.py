"""What TensorBoard shows of a model's units: pictures, and activations by label."""

from collections.abc import Mapping
from pathlib import Path

from jobs.common.types import Array, Bools
from jobs.explain.units import Unit
from jobs.model import tf_runtime


def write_pictures(folder: Path, pictures: Mapping[str, Array]) -> None:
    """Writes pictures by their names: (rows, columns) uint8 each."""
    tf = tf_runtime.start()
    with tf.summary.create_file_writer(str(folder)).as_default():
        for name, picture in pictures.items():
            tf.summary.image(name, picture[None, ..., None], step=0)


def write_activations(folder: Path, highest: Mapping[Unit, Array], sick: Bools) -> None:
    """Writes the histogram of each unit's highest values, a run of TensorBoard for each label.

    Args:
        highest: (n,) float32 by unit: of each image.
        sick: (n,) bool.
    """
    tf = tf_runtime.start()
    for label, chosen in (("healthy", ~sick), ("sick", sick)):
        with tf.summary.create_file_writer(str(folder / label)).as_default():
            for unit, values in highest.items():
                tf.summary.histogram(f"activations/{unit}", values[chosen], step=0)
