"""A checkpoint that reaches for other files or for memory is refused, before anything is read."""

import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from jobs.common.errors import DataError
from jobs.model import checked_hdf5
from jobs.model.checkpoint import read_checkpoint
from tests.checkpoints import write_kernels

KERNEL = "conv2d_6/conv2d_6/kernel:0"
SHAPE = (1, 1, 192, 64)
OTHER = b"what another file holds"


def link_softly(file: h5py.File, other: Path) -> None:
    file[KERNEL] = h5py.SoftLink("/conv2d_9/conv2d_9/kernel:0")


def link_to_another_file(file: h5py.File, other: Path) -> None:
    file[KERNEL] = h5py.ExternalLink(str(other), "/x")


def link_in_a_layer_that_is_not_read(file: h5py.File, other: Path) -> None:
    file["dense/dense/kernel:0"] = h5py.ExternalLink(str(other), "/x")


def link_a_group_to_itself(file: h5py.File, other: Path) -> None:
    file["conv2d_6/again"] = file["/"]


def store_externally(file: h5py.File, other: Path) -> None:
    file.create_dataset(KERNEL, SHAPE, np.float32, external=[(str(other), 0, 1 << 20)])


def store_virtually(file: h5py.File, other: Path) -> None:
    layout = h5py.VirtualLayout(SHAPE, np.float32)
    layout[:] = h5py.VirtualSource(str(other), "x", SHAPE)
    file.create_virtual_dataset(KERNEL, layout)


def declare_32_gb(file: h5py.File, other: Path) -> None:
    file.create_dataset(KERNEL, (1, 1, 192, 1 << 25), np.float32)


def declare_a_chunk_of_8_gb(file: h5py.File, other: Path) -> None:
    chunks, limits = (1, 1, 1 << 15, 1 << 14), (1, 1, None, None)
    file.create_dataset(KERNEL, SHAPE, np.float32, chunks=chunks, maxshape=limits)


def compress_a_bomb(file: h5py.File, other: Path) -> None:
    dataset = file.create_dataset(KERNEL, SHAPE, np.float32, chunks=SHAPE, compression="gzip")
    dataset.id.write_direct_chunk((0, 0, 0, 0), zlib.compress(bytes(10_000_000)))


def store_a_chunk_that_is_too_large(file: h5py.File, other: Path) -> None:
    dataset = file.create_dataset(KERNEL, SHAPE, np.float32, chunks=SHAPE, compression="gzip")
    dataset.id.write_direct_chunk((0, 0, 0, 0), bytes(100_000))


def compress_by_another_filter(file: h5py.File, other: Path) -> None:
    file.create_dataset(KERNEL, SHAPE, np.float32, compression="lzf")


def store_text(file: h5py.File, other: Path) -> None:
    file.create_dataset(KERNEL, SHAPE, h5py.string_dtype())


def store_nothing(file: h5py.File, other: Path) -> None:
    file[KERNEL] = h5py.Empty(np.float32)


SPOILED = {
    link_softly: "is a link",
    link_to_another_file: "is a link",
    link_in_a_layer_that_is_not_read: "is a link",
    link_a_group_to_itself: "is a second name of another object",
    store_externally: "keeps its data in another place",
    store_virtually: "keeps its data in another place",
    declare_32_gb: r"has shape \(1, 1, 192, 33554432\), where it has \(1, 1, 192, 64\)",
    declare_a_chunk_of_8_gb: "declares chunks of",
    compress_a_bomb: "decompresses to more than its shape",
    store_a_chunk_that_is_too_large: "has a chunk that is larger than its shape",
    compress_by_another_filter: "must be uncompressed or compressed by gzip alone",
    store_text: "must be of floats",
    store_nothing: "which is not Inception V3",
}


@pytest.mark.parametrize("spoil", SPOILED, ids=lambda spoil: spoil.__name__)
def test_a_file_that_is_not_safe_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[h5py.File, Path], None]
):
    """One line names the file and what is wrong; no dataset is read by then."""
    other = tmp_path / "other"
    other.write_bytes(OTHER)
    path = write_kernels(tmp_path / "x.h5", 94)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        spoil(file, other)
    monkeypatch.setattr(h5py.Dataset, "__getitem__", lambda *_: pytest.fail("something was read"))
    with pytest.raises(DataError, match=SPOILED[spoil]) as refused:
        read_checkpoint(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("dtype", ["<f2", "<f4", ">f4", "<f8"])
def test_gzip_and_every_float_are_read(tmp_path, shuffle, dtype):
    """As h5repack and other tools store the same weights; they are float32 afterwards."""
    values = np.arange(np.prod(SHAPE)).reshape(SHAPE) % 2048
    path = write_kernels(tmp_path / "x.h5", 94)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file.create_dataset(
            KERNEL, data=values.astype(dtype), chunks=(1, 1, 50, 64), compression=9, shuffle=shuffle
        )
    kernel = read_checkpoint(path)[5].kernel
    assert kernel.dtype == np.float32
    np.testing.assert_array_equal(kernel, values)


def test_noise_that_gzip_makes_larger_is_read(tmp_path):
    """A chunk that does not compress is stored larger than it is."""
    noise = np.frombuffer(np.random.default_rng(1).bytes(4 * 192 * 64), np.float32).reshape(SHAPE)
    values = np.where(np.isfinite(noise), noise, 0)
    path = write_kernels(tmp_path / "x.h5", 94)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        stored = file.create_dataset(KERNEL, data=values, chunks=SHAPE, compression="gzip")
        file.flush()
        assert stored.id.get_storage_size() > values.nbytes
    np.testing.assert_array_equal(read_checkpoint(path)[5].kernel, values)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_that_are_no_finite_numbers_are_refused(tmp_path, value):
    """Training that has diverged leaves such weights; every feature would be NaN."""
    path = write_kernels(tmp_path / "x.h5", 94)
    with h5py.File(path, "r+") as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, data=np.full(SHAPE, value))
    with pytest.raises(DataError, match=rf"{KERNEL} has values that are not finite"):
        read_checkpoint(path)


def test_a_file_s_datasets_are_found_by_their_names(tmp_path):
    """All of them, in whatever group."""
    with h5py.File(write_kernels(tmp_path / "x.h5", 1)) as file:
        assert set(checked_hdf5.list_datasets(file, tmp_path)) == {
            "conv2d_1/conv2d_1/kernel:0",
            *(
                f"batch_normalization_1/batch_normalization_1/{name}:0"
                for name in ("beta", "moving_mean", "moving_variance")
            ),
        }
