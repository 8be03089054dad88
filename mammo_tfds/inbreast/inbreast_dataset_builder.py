"""INbreast: a release that was downloaded by hand -> a test set and folds by patient."""

import dataclasses
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tensorflow_datasets.public_api as tfds
from absl import logging
from tensorflow_datasets.core.dataset_builder import FileReaderBuilder

from mammo_tfds.inbreast.checks import require_sound
from mammo_tfds.inbreast.features import make_features
from mammo_tfds.inbreast.shards import (
    IMAGES_A_SHARD,
    Report,
    Result,
    Shard,
    Watch,
    write_shards,
)
from mammo_tfds.inbreast.tables import (
    FOLDS,
    Folds,
    Splitting,
    read_folds,
    write_folds,
    write_images,
)
from mammo_tfds.inbreast.tf_data import stream
from mammo_tfds.release.release import Record, Release, read_release
from mammo_tfds.splits import assign_splits, require_partition

if TYPE_CHECKING:
    import tensorflow as tf

_ARRAY_RECORD = tfds.core.FileFormat.ARRAY_RECORD


def _unwatched(what: str, done: int, total: int) -> None:
    """A Watch that shows nothing."""


def _log(line: str) -> None:
    """A Report to the log."""
    logging.warning("inbreast: left out: %s", line)


class Builder(FileReaderBuilder):
    """The `inbreast` dataset.

    Writes folds.json and images.csv (`listing`) beside TFDS's own files. No GeneratorBasedBuilder:
    `shards` says why.
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
        strict: bool = False,
        workers: int | None = None,
        watch: Watch = _unwatched,
        report: Report = _log,
        file_format: str | tfds.core.FileFormat | None = None,
        **kwargs: Any,
    ) -> None:
        """A builder for data_dir. Splits are arguments: a BuilderConfig would be a folder's name.

        Args:
            release: the release to write, already read; then no manual_dir is needed. By default
                it is read from manual_dir.
            splits: the image ids of each split, as `assign_splits` gave them for this release and
                these seed, folds, test, sick. By default they are assigned here.
            seed, folds, test, sick: `listing.Splitting`'s. By default those that the dataset in
                data_dir was prepared with, or Splitting's own.
            strict: whether an image that cannot be read is an error.
            workers: how many processes write; by default one for each core.
            watch: see shards.Watch.
            report: see shards.Report.
            file_format: array_record by default: random access and tf.data both work on it.
            **kwargs: TFDS's own: data_dir, version.

        Raises:
            ValueError: the dataset in data_dir has other splits.
        """
        super().__init__(file_format=file_format, **kwargs)
        if file_format is None and not self.info.initialized:
            self.info.set_file_format(_ARRAY_RECORD, override=True)
        ordered = None if sick is None else tuple(sorted(sick))
        given = {"seed": seed, "folds": folds, "test": test, "sick": ordered}
        asked = {name: value for name, value in given.items() if value is not None}
        self.splitting = self._choose(asked)
        self._original_state.update(asked)  # what TFDS pickles
        self._release, self._splits = release, splits  # not pickled: they name patients
        self._strict, self._watch, self._report = strict, watch, report
        self._workers = workers or len(os.sched_getaffinity(0))

    def _choose(self, asked: Mapping[str, Any]) -> Splitting:
        folder = Path(self.data_dir)
        if not (folder / FOLDS).exists():
            return dataclasses.replace(Splitting(), **asked)
        stored = read_folds(folder).splitting
        chosen = dataclasses.replace(stored, **asked)
        if chosen != stored:
            raise ValueError(
                f"{folder} was prepared with {stored}, and this is {chosen}: name another "
                "data_dir, or ask for no splits to read those"
            )
        return stored

    def _info(self) -> tfds.core.DatasetInfo:
        info = self.dataset_info_from_configs(
            features=make_features(),
            supervised_keys=("image", "label"),
            homepage="https://doi.org/10.1016/j.acra.2011.09.014",
            disable_shuffling=True,
        )
        # It is not in TFDS's bucket, and each look leaves an empty folder in /tmp.
        info.initialize_from_bucket = lambda: None
        return info

    def _download_and_prepare(
        self, dl_manager: tfds.download.DownloadManager, download_config: Any = None
    ) -> None:
        release = self._release or read_release(Path(dl_manager.manual_dir))
        release.require_usable()
        splits = self._split(release.records)
        by_id = {record.image_id: record for record in release.records}
        shards = [
            shard
            for split, ids in splits.items()
            for shard in self._shards(split, [by_id[image_id] for image_id in ids])
        ]
        results = write_shards(shards, self._workers, self._watch, self._report, self._strict)
        written = {
            split: [result for result in results if result.shard.split == split] for split in splits
        }
        self._list(written)
        infos = [self._split_info(split, parts) for split, parts in written.items()]
        self.info.set_splits(tfds.core.SplitDict(infos))

    def _split(self, records: Sequence[Record]) -> Mapping[str, Sequence[str]]:
        """The splits that were given, if they fit the records; else newly assigned ones."""
        if self._splits is None:
            return assign_splits(records, **dataclasses.asdict(self.splitting))
        require_partition(self._splits, records, self.splitting.folds)
        return self._splits

    def _shards(self, split: str, records: list[Record]) -> list[Shard]:
        """A split's files. How many depends on the records alone, never on the cores."""
        starts = range(0, len(records), IMAGES_A_SHARD)
        paths = self._get_filename_template(split).sharded_filepaths(len(starts))
        return [
            Shard(
                path=Path(path),
                split=split,
                records=tuple(records[start : start + IMAGES_A_SHARD]),
                sick=self.splitting.sick,
                file_format=self.info.file_format,
            )
            for start, path in zip(starts, paths, strict=True)
        ]

    def _list(self, written: Mapping[str, list[Result]]) -> None:
        """Checks what was written, and writes folds.json and images.csv."""
        images = [
            one.listed(split, index)
            for split, parts in written.items()
            for index, one in enumerate(one for part in parts for one in part.written)
        ]
        require_sound(images, written, self.splitting.sick)
        ids = {
            split: tuple(image.image_id for image in images if image.split == split)
            for split in written
        }
        write_folds(Path(self.data_dir), Folds(self.splitting, ids))
        write_images(Path(self.data_dir), sorted(images, key=lambda image: image.image_id))

    def _split_info(self, split: str, parts: list[Result]) -> tfds.core.SplitInfo:
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
            return stream(self.info, split, decoders, read_config, shuffle_files)
        return super()._as_dataset(split, decoders, read_config, shuffle_files)

    def _log_download_bytes(self) -> None:
        """Nothing is downloaded, and standard output belongs to the caller."""

    def _log_download_done(self) -> None:
        """As above."""
