"""array_record files -> tf.data. TFDS itself reads this format only by random access.

So the dataset is stored once, in the format for random access, and `tfds.load` reads it too.
Imports TensorFlow.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import tensorflow_datasets.public_api as tfds
from tensorflow_datasets.core.data_sources.array_record import ArrayRecordDataSource

if TYPE_CHECKING:
    import tensorflow as tf

_TFRECORD_OPTIONS = ("add_tfds_id", "repeat_filenames", "experimental_interleave_sort_fn")


def make_tf_dataset(
    info: tfds.core.DatasetInfo,
    split: str,
    decoders: Mapping[str, Any] | tfds.decode.PartialDecoding | None,
    read_config: tfds.ReadConfig,
    shuffle: bool,
) -> "tf.data.Dataset":
    """The examples of a split in `tfds.load`'s form, in the order of the files.

    Args:
        info: the dataset's.
        split: a split, or a part of one in TFDS's notation.
        decoders: as in `tfds.load`.
        read_config: its options for TFRecord files are not supported.
        shuffle: whether to shuffle the records (not only the files).

    Raises:
        NotImplementedError: `read_config` has an option that only TFRecord files support.
    """
    import tensorflow as tf

    if asked := [option for option in _TFRECORD_OPTIONS if getattr(read_config, option)]:
        raise NotImplementedError(
            f"ReadConfig({asked[0]}=...) needs TFRecord files; these are array_record: prepare the "
            'dataset with builder_kwargs={"file_format": "tfrecord"} in another data_dir'
        )
    features = info.features
    if isinstance(decoders, tfds.decode.PartialDecoding):
        features, decoders = decoders.extract_features(features), decoders.decoders
    records = ArrayRecordDataSource(
        info, split=split, deserialize_method=tfds.decode.DeserializeMethod.RAW_BYTES
    )

    def example(index: tf.Tensor) -> Any:
        record = tf.numpy_function(records.__getitem__, [index], tf.string)
        return features.deserialize_example(tf.ensure_shape(record, ()), decoders=decoders)

    indices = tf.data.Dataset.range(len(records))
    if context := read_config.input_context:
        indices = indices.shard(context.num_input_pipelines, context.input_pipeline_id)
    if shuffle:
        indices = indices.shuffle(
            len(records),
            seed=read_config.shuffle_seed,
            reshuffle_each_iteration=read_config.shuffle_reshuffle_each_iteration,
        )
    examples = indices.map(example, read_config.num_parallel_calls_for_decode)
    return examples.with_options(read_config.options)
