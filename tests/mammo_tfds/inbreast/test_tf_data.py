"""array_record files -> tf.data."""

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from mammo_tfds.inbreast.inbreast_dataset_builder import Builder


def ids(dataset: tf.data.Dataset) -> list[str]:
    return [example["image_id"].decode() for example in dataset.as_numpy_iterator()]


@pytest.fixture(scope="module")
def in_order(builder: Builder) -> list[str]:
    return [example["image_id"].decode() for example in builder.as_data_source("test")]


def test_examples_come_in_order(builder: Builder, in_order: list[str]):
    """Without shuffling, examples come in the order of the files."""
    assert ids(builder.as_dataset(split="test")) == in_order


def test_shapes_and_types_are_known(builder: Builder):
    """The element spec has each feature's dtype, and its shape where that is fixed."""
    spec = builder.as_dataset(split="test").element_spec
    assert spec["image"] == tf.TensorSpec((None, None, 1), tf.uint16)
    assert spec["points"] == tf.TensorSpec((None, 2), tf.float32)
    assert spec["contours"]["kind"] == tf.TensorSpec((None,), tf.int64)


def test_parts_of_splits(builder: Builder, in_order: list[str]):
    """TFDS's notation for parts of splits and for several splits works."""
    first, rest = builder.as_dataset(split=["test[:3]", "test[3:]"])
    assert (ids(first), ids(rest)) == (in_order[:3], in_order[3:])
    assert len(ids(builder.as_dataset(split="fold0+fold1"))) == 16


def test_shuffled(builder: Builder, in_order: list[str]):
    """Shuffling changes the order of the images, depends on a seed, and loses none."""
    config = tfds.ReadConfig(shuffle_seed=5)
    once, again = (
        ids(builder.as_dataset(split="test", shuffle_files=True, read_config=config))
        for _ in range(2)
    )
    assert once == again != in_order
    assert sorted(once) == sorted(in_order)


def test_batches_are_padded(builder: Builder):
    """Images with different numbers of contours can be batched."""
    batch = next(iter(builder.as_dataset(split="test", batch_size=8)))
    assert batch["image"].shape == (8, 48, 40, 1)
    assert batch["points"].shape == (8, 4, 2)


def test_supervised(builder: Builder):
    """`as_supervised` gives (image, label)."""
    image, label = next(iter(builder.as_dataset(split="test", as_supervised=True)))
    assert (image.dtype, label.dtype) == (tf.uint16, tf.int64)


def test_decoders(builder: Builder):
    """Features, or their decoding, can be skipped."""
    partial = tfds.decode.PartialDecoding({"label": True})
    assert list(builder.as_dataset(split="test", decoders=partial).element_spec) == ["label"]
    raw = builder.as_dataset(split="test", decoders={"image": tfds.decode.SkipDecoding()})
    assert raw.element_spec["image"]["value"].dtype == tf.string


def test_input_pipelines(builder: Builder, in_order: list[str]):
    """With an input context, each input pipeline reads its share of the images."""
    shares = [
        ids(
            builder.as_dataset(
                split="test",
                read_config=tfds.ReadConfig(input_context=tf.distribute.InputContext(2, one)),
            )
        )
        for one in range(2)
    ]
    assert shares == [in_order[0::2], in_order[1::2]]


@pytest.mark.parametrize("option", [{"add_tfds_id": True}, {"repeat_filenames": True}])
def test_options_of_tfrecord(builder: Builder, option: dict[str, bool]):
    """An option for TFRecord files is an error that names it, and says what to do."""
    with pytest.raises(NotImplementedError, match=f"{next(iter(option))}.*tfrecord"):
        builder.as_dataset(split="test", read_config=tfds.ReadConfig(**option))
