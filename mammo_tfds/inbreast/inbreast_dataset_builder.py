"""INbreast: a manually downloaded release -> a dataset with a test set and folds by patient.

The module has the name by which TFDS's own tools look for a dataset's builder.
"""

import dataclasses
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow_datasets.public_api as tfds
from absl import logging
from tensorflow_datasets.core.dataset_builder import FileReaderBuilder

from mammo_tfds.inbreast.checks import require_valid_splits
from mammo_tfds.inbreast.description import describe_synthetic, restore_description
from mammo_tfds.inbreast.features import feature_spec
from mammo_tfds.inbreast.shards import (
    IMAGES_PER_SHARD,
    Report,
    Shard,
    ShardResult,
    Watch,
    write_shards,
)
from mammo_tfds.inbreast.tables import (
    FOLDS,
    Folds,
    Image,
    SplitConfig,
    read_folds,
    write_contours,
    write_folds,
    write_images,
)
from mammo_tfds.inbreast.tf_data import make_tf_dataset
from mammo_tfds.pixels.types import Warn, Window
from mammo_tfds.release.release import (
    Record,
    Release,
    ReleaseError,
    is_synthetic,
    read_release,
)
from mammo_tfds.release.splits import assign_splits, require_partition

if TYPE_CHECKING:
    import tensorflow as tf

_ARRAY_RECORD = tfds.core.FileFormat.ARRAY_RECORD


def _unwatched(what: str, done: int, total: int) -> None:
    """A Watch that does nothing."""


def _log_left_out(line: str) -> None:
    """A Report that writes to the log."""
    logging.warning("inbreast: left out: %s", line)


def _log_warning(line: str) -> None:
    """A Warn that writes to the log."""
    logging.warning("inbreast: %s", line)


class Builder(FileReaderBuilder):
    """The `inbreast` dataset.

    Writes folds.json, images.csv and contours.json (see `tables`) beside TFDS's own files. It is
    not a GeneratorBasedBuilder, because TFDS's writer needs much memory and one core; see `shards`.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> from mammo_tfds import Builder, make_release, read_release
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     make_release(Path(folder, "release"), seed=20, patients=12, size=(128, 104))
        ...     release = read_release(Path(folder, "release"))
        ...     builder = Builder(data_dir=folder, release=release, folds=2, workers=1)
        ...     builder.download_and_prepare()
        ...     example = builder.as_data_source("fold0")[0]
        >>> example["image"].shape
        (128, 104, 1)
    """

    VERSION = tfds.core.Version("1.0.0")
    RELEASE_NOTES = {  # noqa: RUF012
        "1.0.0": "All bits of the pixels, splits by patient, contours with the radiologist's word.",
    }
    MANUAL_DOWNLOAD_INSTRUCTIONS = """
    INbreast Release 1.0 comes from its makers, the Breast Research Group at INESC Porto. Unpack it
    and name its folder as manual_dir. AllDICOMs/, AllXML/ and INbreast.csv are read, nothing else.
    """

    def __init__(
        self,
        *,
        release: Release | None = None,
        splits: Mapping[str, Sequence[str]] | None = None,
        seed: int | None = None,
        folds: int | None = None,
        test: float | None = None,
        sick: Collection[int] | None = None,
        window: Window | None = None,
        strict: bool = False,
        workers: int | None = None,
        watch: Watch = _unwatched,
        report: Report = _log_left_out,
        warn: Warn = _log_warning,
        file_format: str | tfds.core.FileFormat | None = None,
        **kwargs: Any,
    ) -> None:
        """A builder for data_dir.

        What decides the splits are arguments, because each BuilderConfig would need a name.

        Args:
            release: the release to write, as `read_release` gives it; manual_dir is then not
                needed. By default, the release is read from manual_dir.
            splits: split name -> its image ids, as `assign_splits` gives them for this release
                and these seed, folds, test and sick. By default, they are assigned here.
            seed, folds, test, sick: see `tables.SplitConfig`. By default those that the dataset in
                data_dir was prepared with, or else the defaults of SplitConfig.
            window: which VOI LUT or window of an image is applied; see
                `mammo_tfds.pixels.types.Window`. By default that of the dataset in data_dir, or
                else the first.
            strict: whether a file that cannot be read is an error, or else is left out.
            workers: how many processes write; by default one per core.
            watch: see `shards.Watch`.
            report: see `shards.Report`.
            warn: see `mammo_tfds.pixels.types.Warn`.
            file_format: array_record by default, which both random access and tf.data can read.
            **kwargs: TFDS's own arguments: data_dir, version.

        Raises:
            ValueError: the dataset in data_dir was prepared with other splits or another window.
        """
        super().__init__(file_format=file_format, **kwargs)
        if self.info.initialized:
            restore_description(self.info, Path(self.data_dir))
        elif file_format is None:
            self.info.set_file_format(_ARRAY_RECORD, override=True)
        sorted_sick = None if sick is None else tuple(sorted(sick))
        arguments = {"seed": seed, "folds": folds, "test": test, "sick": sorted_sick}
        given = {name: value for name, value in arguments.items() if value is not None}
        self.split_config, self.window = self._choose_settings(given, window)
        self._original_state.update(given, window=window)  # what TFDS pickles
        self._release, self._splits = release, splits  # not pickled, as they name patients
        self._strict, self._watch, self._report, self._warn = strict, watch, report, warn
        self._workers = workers or len(os.sched_getaffinity(0))

    def _choose_settings(
        self, given: Mapping[str, Any], window: Window | None
    ) -> tuple[SplitConfig, Window]:
        """The given values, and for the rest those of the dataset in data_dir, or the defaults."""
        folder = Path(self.data_dir)
        if not (folder / FOLDS).exists():
            return dataclasses.replace(SplitConfig(), **given), window or "first"
        stored = read_folds(folder)
        chosen = dataclasses.replace(stored.config, **given), window or stored.window
        if chosen != (stored.config, stored.window):
            raise ValueError(
                f"{folder} was prepared with {stored.config} and window {stored.window}; got "
                f"{chosen[0]} and window {chosen[1]}: name another data_dir, or leave out seed, "
                "folds, test, sick and window to read the dataset as it is"
            )
        return chosen

    def _info(self) -> tfds.core.DatasetInfo:
        info = self.dataset_info_from_configs(
            features=feature_spec(),
            supervised_keys=("image", "label"),
            homepage="https://doi.org/10.1016/j.acra.2011.09.014",
            disable_shuffling=True,
        )
        # It is not in TFDS's bucket, and each look there leaves an empty folder in /tmp.
        info.initialize_from_bucket = lambda: None
        return info

    def _download_and_prepare(
        self, dl_manager: tfds.download.DownloadManager, download_config: Any = None
    ) -> None:
        release = self._release or read_release(Path(dl_manager.manual_dir))
        release.require_usable()
        self._report_left_out(release)
        splits = self._choose_splits(release.records)
        by_id = {record.image_id: record for record in release.records}
        shards = [
            shard
            for split, ids in splits.items()
            for shard in self._shards(split, [by_id[image_id] for image_id in ids])
        ]
        results = write_shards(
            shards, self._workers, self._watch, self._report, self._strict, self._warn
        )
        written = {
            split: [result for result in results if result.shard.split == split] for split in splits
        }
        images = self._write_tables(written)
        contours = {image.image_id: by_id[image.image_id].contours for image in images}
        write_contours(Path(self.data_dir), contours)
        if release.table and is_synthetic(release.table.parent):
            describe_synthetic(self.info, images, self.split_config.sick)
        infos = [self._split_info(split, parts) for split, parts in written.items()]
        self.info.set_splits(tfds.core.SplitDict(infos))

    def _report_left_out(self, release: Release) -> None:
        """Reports what was lost when the release was read; with `strict` that is an error."""
        for problem in release.left_out:
            if self._strict:
                raise ReleaseError(
                    f"{release.folder}/{problem}, which strict does not allow: remove or mend it"
                )
            self._report(str(problem))

    def _choose_splits(self, records: Sequence[Record]) -> Mapping[str, Sequence[str]]:
        """The given splits, which must be of these records; by default newly assigned ones."""
        if self._splits is None:
            return assign_splits(records, **dataclasses.asdict(self.split_config))
        require_partition(self._splits, records, self.split_config.folds)
        return {name: sorted(ids) for name, ids in self._splits.items()}

    def _shards(self, split: str, records: list[Record]) -> list[Shard]:
        """The files of a split; their number depends only on the records, not on the cores."""
        starts = range(0, len(records), IMAGES_PER_SHARD)
        paths = self._get_filename_template(split).sharded_filepaths(len(starts))
        return [
            Shard(
                path=Path(path),
                split=split,
                records=tuple(records[start : start + IMAGES_PER_SHARD]),
                sick=self.split_config.sick,
                file_format=self.info.file_format,
                window=self.window,
            )
            for start, path in zip(starts, paths, strict=True)
        ]

    def _write_tables(self, written: Mapping[str, list[ShardResult]]) -> list[Image]:
        """Checks the images that were written, writes folds.json and images.csv; the images."""
        images = [
            image.in_split(split, index)
            for split, parts in written.items()
            for index, image in enumerate(image for part in parts for image in part.written)
        ]
        require_valid_splits(images, written, self.split_config.sick)
        ids = {
            split: tuple(image.image_id for image in images if image.split == split)
            for split in written
        }
        write_folds(Path(self.data_dir), Folds(self.split_config, ids, self.window))
        write_images(Path(self.data_dir), sorted(images, key=lambda image: image.image_id))
        return images

    def _split_info(self, split: str, parts: list[ShardResult]) -> tfds.core.SplitInfo:
        return tfds.core.SplitInfo(
            name=split,
            shard_lengths=[len(part.written) for part in parts],
            num_bytes=sum(part.shard.path.stat().st_size for part in parts),
            filename_template=self._get_filename_template(split),
        )

    def _as_dataset(
        self,
        split: str,
        decoders: Any = None,
        read_config: tfds.ReadConfig | None = None,
        shuffle_files: bool = False,
    ) -> "tf.data.Dataset":
        read_config = read_config or tfds.ReadConfig()
        if (read_config.file_format or self.info.file_format) is _ARRAY_RECORD:
            return make_tf_dataset(self.info, split, decoders, read_config, shuffle_files)
        return super()._as_dataset(split, decoders, read_config, shuffle_files)

    def _log_download_bytes(self) -> None:
        """Logs nothing: nothing is downloaded, and standard output belongs to the caller."""

    def _log_download_done(self) -> None:
        """Logs nothing, as above."""
