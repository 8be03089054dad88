"""TensorFlow in a stage: how weights are written, and how other libraries' arrays are taken."""

import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.errors import ConfigError
from jobs.model import tf_runtime


def test_without_tensorflow_the_error_names_the_extras(monkeypatch: pytest.MonkeyPatch):
    """mammo can be installed without it: exit 78, with the two extras that bring it."""
    monkeypatch.setattr(tf_runtime, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"install mammo\[cpu\] or mammo\[gpu\]"):
        tf_runtime.import_tensorflow.__wrapped__()


@pytest.mark.parametrize(("given", "recorded"), [(None, "ALL"), ("avx2", "AVX2")])
def test_the_cap_on_the_instruction_set_is_recorded(
    monkeypatch: pytest.MonkeyPatch, given: str | None, recorded: str
):
    """ONEDNN_MAX_CPU_ISA decides the last digits, so manifests and `mammo verify` show it."""
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    if given:
        monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", given)
    tf_runtime._onednn.cache_clear()
    try:
        assert tf_runtime.determinism()["onednn_max_isa"] == recorded
    finally:
        tf_runtime._onednn.cache_clear()


@pytest.fixture
def model():
    """A model with a few random weights."""
    keras = tf_runtime.start().keras
    return keras.Sequential([keras.Input((8, 8, 4)), keras.layers.Conv2D(3, 1, name="one")])


def test_keras_can_load_the_file(tmp_path: Path, model):
    """The loaded weights are equal, and writing them again gives the same bytes."""
    tf_runtime.save_weights(model, tmp_path / "a.weights.h5")
    tf_runtime.save_weights(model, tmp_path / "b.h5")
    assert (tmp_path / "a.weights.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    weights = model.get_weights()
    model.set_weights([np.zeros_like(each) for each in weights])
    model.load_weights(tmp_path / "a.weights.h5")
    for one, other in zip(model.get_weights(), weights, strict=True):
        assert np.array_equal(one, other)


def test_equal_weights_give_equal_files(tmp_path: Path):
    """Two processes with the same weights write the same bytes."""
    code = """
import sys
from pathlib import Path
from jobs.model import tf_runtime
keras = tf_runtime.start().keras
layer = keras.layers.Conv2D(3, 1, kernel_initializer="ones", name="one")
tf_runtime.save_weights(keras.Sequential([keras.Input((8, 8, 4)), layer]), Path(sys.argv[1]))
"""
    for name in ("a", "b"):
        subprocess.run([sys.executable, "-c", code, tmp_path / name], check=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_full_disk(model):
    """ENOSPC with the file's name, and no crash in HDF5."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with pytest.raises(OSError) as caught:
        tf_runtime.save_weights(model, Path("/dev/full"))
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/dev/full")


def test_no_temporary_folder_is_needed(tmp_path: Path, model, monkeypatch: pytest.MonkeyPatch):
    """Weights are written even if there is no temporary folder."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    tf_runtime.save_weights(model, tmp_path / "a")
    assert (tmp_path / "a").stat().st_size > 0


def test_an_array_need_not_be_aligned():
    """One that is not aligned to 64 bytes works, though TensorFlow would end the process."""
    raw = np.zeros(4 * 64 * 100 + 128, np.uint8)
    start = (-raw.ctypes.data) % 64 + 16
    array = raw[start : start + 4 * 64 * 100].view(np.float32).reshape(1, 64, 100, 1)
    array[...] = 1
    tf = tf_runtime.start()
    doubled = tf.function(lambda views: tf.nn.relu(views) * 2)(tf_runtime.tensor(array))
    assert doubled.numpy().sum() == 2 * array.size


@given(st.lists(st.integers(0, 5), max_size=4).map(tuple), st.sampled_from(["f2", "f4"]))
def test_an_aligned_array_is_adopted_uncopied(shape: tuple[int, ...], dtype: str):
    """The tensor has its values, at its address, also after the array itself is deleted."""
    written = np.arange(np.prod(shape, dtype=int), dtype=dtype).reshape(shape)
    array = tf_runtime.aligned_array(shape, written.dtype)
    array[...] = written
    address = array.ctypes.data
    assert address % 64 == 0 or not array.size  # TensorFlow's operations rely on it
    tensor = tf_runtime.adopt(array)
    del array
    for _ in range(8):  # these would reuse the memory if it were free
        tf_runtime.aligned_array(shape, written.dtype)[...] = -1
    assert tensor.shape == shape and tensor.dtype == written.dtype
    assert np.array_equal(tensor.numpy(), written)
    if written.size:
        assert np.from_dlpack(tensor).ctypes.data == address
