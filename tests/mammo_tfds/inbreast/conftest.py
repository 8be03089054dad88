"""A prepared dataset, for the tests that only read one."""

import pytest
import tensorflow_datasets as tfds

from mammo_tfds.inbreast.inbreast_dataset_builder import Builder
from tests.releases import make_rows, write_release


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    folder = tmp_path_factory.mktemp("inbreast")
    release = write_release(folder / "release", make_rows(patients=24, sick=12))
    builder = Builder(data_dir=folder / "data", workers=1)
    builder.download_and_prepare(download_config=tfds.download.DownloadConfig(manual_dir=release))
    return builder
