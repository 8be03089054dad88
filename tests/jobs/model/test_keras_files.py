"""Every format that Keras wrote Inception V3 in is read, in the order of creation."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from jobs.common.errors import DataError
from jobs.model import tf_runtime
from jobs.model.checkpoint import read_checkpoint
from jobs.model.inception_v3_shapes import CONVOLUTIONS
from tests.checkpoints import legacy_name, listed_name, write_blocks


def nested_name(kind: str, number: int, weight: str) -> str:
    """A whole legacy model with another in it: all its weights are in one group."""
    return f"model_weights/inception_v3/{kind}_{number + 95}/{weight}:0"


def whole_name(kind: str, number: int, weight: str) -> str:
    """A whole legacy model: its weights are in a group of their own."""
    return f"model_weights/{legacy_name(kind, number, weight)}"


def whole_name_without_suffix(kind: str, number: int, weight: str) -> str:
    """As Keras 3 writes the same: without :0, and without the layer's name twice (3.0)."""
    layer = f"{kind}_{number}" if number else kind
    return f"model_weights/{layer}/{weight}"


# Seen in files of Keras 2.12, tf_keras 2.21 and Keras 3.0, 3.3, 3.5, 3.8 and 3.15. In those of
# `listed_name`, a layer's number is its rank in `model.layers`.
FORMS = {
    "legacy weights": legacy_name,
    "legacy model": whole_name,
    "legacy model of Keras 3.0": whole_name_without_suffix,
    "legacy model in a model": nested_name,
    "Keras 2.12": listed_name("_layer_checkpoint_dependencies"),
    "Keras 3": listed_name("layers"),
    "Keras 3, a model in a model": listed_name("layers/functional/layers"),
    "Keras 3, twice": listed_name("layers/functional/layers/functional/layers"),
}


def add_surroundings(file: h5py.File) -> None:
    """What a model around Inception V3 has: a head, and an optimizer with its moments."""
    for name, shape in {
        "layers/conv2d/vars/0": (1, 1, 1, 3),
        "layers/conv2d/vars/1": (3,),
        "layers/dense/vars/0": (2048, 4096),
        "layers/functional/optimizer/vars/1": (3, 3, 3, 32),
        "model_weights/dense/dense/kernel:0": (2048, 4096),
        "model_weights/to_rgb/to_rgb/kernel:0": (1, 1, 1, 3),
        "model_weights/to_rgb/to_rgb/bias:0": (3,),
        "optimizer_weights/Adam/m/conv2d/kernel:0": (3, 3, 3, 32),
    }.items():
        if name not in file and name.rpartition("/")[0] not in file:
            file.create_dataset(name, shape, np.float32)


def in_order(path: Path, count: int) -> bool:
    """Whether a file's blocks are those that `write_blocks` numbered, in their order."""
    blocks = read_checkpoint(path)
    assert len(blocks) == count
    return all(
        (block.kernel == i).all()
        and [norm[0] for norm in block.norm] == [i, i + 0.25, i + 0.5]
        and block.kernel.dtype == np.float32
        for i, block in enumerate(blocks)
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layer", ["mixed1", "mixed10"])
def test_every_form_is_read_in_the_order_of_creation(tmp_path, form, layer):
    """Alone or in another model, with or without an optimizer, whole or cut at a layer."""
    path = tmp_path / "x.h5"
    with h5py.File(path, "w") as file:
        write_blocks(file, CONVOLUTIONS[layer], FORMS[form])
        if "Keras 2.12" not in form and form != "Keras 3":
            add_surroundings(file)
    assert in_order(path, CONVOLUTIONS[layer])


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_keras_archive_is_read_without_a_look_at_its_code(tmp_path, method):
    """Of a `.keras` file, only the weights are read; its config may say what it wants."""
    path = write_archive(tmp_path, method)
    assert in_order(path, 94)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def write_archive(folder: Path, method: int, member: str = "model.weights.h5") -> Path:
    """A `.keras` file whose configuration would be harmful to load."""
    weights = folder / "weights.h5"
    with h5py.File(weights, "w") as file:
        write_blocks(file, 94, listed_name("layers"))
    path = folder / "x.keras"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("config.json", '{"class_name": "Lambda", "config": {"function": "harm"}}')
        archive.write(weights, member)
    weights.unlink()
    return path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[np.ndarray]]]:
    """What this Keras writes of Inception V3 up to mixed1, alone and nested; its kernels."""
    keras = tf_runtime.start().keras
    keras.backend.clear_session()
    whole = keras.applications.InceptionV3(weights=None, include_top=False)
    base = keras.Model(whole.input, whole.get_layer("mixed1").output)
    image = keras.Input((128, 128, 1))
    rgb = keras.layers.Conv2D(3, 1, name="to_rgb")(image)
    pooled = keras.layers.GlobalAveragePooling2D()(base(rgb))
    nested = keras.Model(image, keras.layers.Dense(1)(pooled))
    nested.compile("adam", "binary_crossentropy")
    folder = tmp_path_factory.mktemp("written")
    for name, model in (("alone", base), ("nested", nested)):
        model.save_weights(folder / f"{name}.weights.h5")
        model.save(folder / f"{name}.keras")
        model.save(folder / f"{name}.h5")
    names = [f"conv2d_{i}" if i else "conv2d" for i in range(CONVOLUTIONS["mixed1"])]
    yield folder, [base.get_layer(name).kernel.numpy() for name in names]


@pytest.mark.parametrize("ending", ["weights.h5", "keras", "h5"])
@pytest.mark.parametrize("name", ["alone", "nested"])
def test_what_this_keras_writes_is_read(written, name, ending):
    """The installed version's own files give the kernels that its model has."""
    folder, kernels = written
    blocks = read_checkpoint(folder / f"{name}.{ending}")
    assert len(blocks) == len(kernels)
    for block, kernel in zip(blocks, kernels, strict=True):
        np.testing.assert_array_equal(block.kernel, kernel)


def test_an_archive_without_weights_is_named_as_that(tmp_path):
    """Other formats are zip archives, too."""
    path = write_archive(tmp_path, zipfile.ZIP_STORED, "data.pkl")
    with pytest.raises(DataError, match=r"x\.keras: must be a \.keras archive, which holds"):
        read_checkpoint(path)


def test_an_archive_that_is_cut_is_refused(tmp_path):
    """The end of a zip archive is its table of contents."""
    path = write_archive(tmp_path, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"x\.keras: cannot be read .* truncated, damaged or enc"):
        read_checkpoint(path)


def test_another_compression_is_named(tmp_path):
    """Keras writes none but these two; bzip2 and lzma are refused before they are unpacked."""
    path = write_archive(tmp_path, zipfile.ZIP_BZIP2)
    with pytest.raises(
        DataError, match=r"must be stored or deflated.*got the zip format's method 12"
    ):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("size", "line"), [(2 << 30, "at most 1,073,741,824 bytes"), (1000, "truncated, damaged")]
)
def test_a_zip_bomb_is_refused(tmp_path, size, line):
    """A member that declares too much, and one that unpacks to more than it declares."""
    path = write_archive(tmp_path, zipfile.ZIP_DEFLATED)
    content = bytearray(path.read_bytes())
    entry = content.rfind(b"PK\x01\x02")  # the last entry of the table of contents
    content[entry + 24 : entry + 28] = size.to_bytes(4, "little")  # its uncompressed size
    path.write_bytes(content)
    with pytest.raises(DataError, match=line):
        read_checkpoint(path)
