"""How much a study is going to write, by kind, and how much room there is."""

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from jobs.calcifications.candidates import CANDIDATE
from jobs.common.errors import CannotCreateError
from jobs.common.sizes import size_text
from jobs.config.study import Study
from jobs.forecast.extent import Extent
from jobs.model.shapes import feature_shape

# Keras's own file of ImageNet's weights has 87,910,968 bytes, one of random weights 87,995,168.
_CHECKPOINT = 88_000_000
_COMPRESSED = 0.27  # of the pixels' bytes: 79 of 296 MB, in the dataset of the synthetic release


@dataclass(frozen=True)
class Need:
    """What a study is going to write.

    Attributes:
        what: the kind of files, with what their size follows from.
        bytes: an estimate; of features exact, but for a header of each file, or with `views.frame`
            breast the most that they can be.
    """

    what: str
    bytes: int


def list_needs(root: Path, study: Study, extent: Extent, to_run: Collection[str]) -> list[Need]:
    """What the commands that are still to run will write, the small files of models left out.

    What an embedding that was stopped has written already is not counted again.
    """
    needs = [need for command in to_run for need in _needs(command, study, extent)]
    written = sum(path.stat().st_size for path in root.glob("features/.*.unfinished/*.npy"))
    return [
        replace(need, bytes=max(0, need.bytes - written))
        if need.what.startswith("features")
        else need
        for need in needs
    ]


def require_room(root: Path, needs: Collection[Need]) -> None:
    """Returns if the root can be written to, and has room.

    Raises:
        CannotCreateError: it does not; says what is needed, and what is free.
    """
    place = _existing(root)
    if not place.is_dir():
        raise CannotCreateError(
            f"--root {root}: {place} is a file, and must be a folder; name another place"
        )
    needed, free = sum(need.bytes for need in needs), free_bytes(root)
    if needed > free:
        raise CannotCreateError(
            f"--root {root} must have room for about {size_text(needed)} ({_kinds(needs)}); "
            f"{size_text(free)} are free: make room or name another --root; fewer views, a smaller "
            "views.size, model.pooling average and model.stored float16 need less"
        )


def describe_disk(root: Path, needs: Collection[Need]) -> str:
    """How much is going to be written, of what, and how much room there is."""
    free = size_text(free_bytes(root))
    if not needs:
        return f"next to nothing to write; {free} are free"
    total = sum(need.bytes for need in needs)
    return f"about {size_text(total)} to write ({_kinds(needs)}); {free} are free"


def _kinds(needs: Collection[Need]) -> str:
    return ", ".join(f"{need.what} {size_text(need.bytes)}" for need in needs)


def free_bytes(root: Path) -> int:
    """How many bytes may be written under a root, which need not be there yet."""
    return shutil.disk_usage(_existing(root)).free


def _existing(path: Path) -> Path:
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())


def _needs(command: str, study: Study, extent: Extent) -> Iterator[Need]:
    match command:
        case "phantom":
            yield Need(f"release of {len(extent.samples)} images", extent.pixel_bytes)
        case "weights" if not study.model.from_scratch:
            yield Need("weights", _CHECKPOINT)
        case "prepare":
            yield Need("dataset", round(extent.pixel_bytes * _COMPRESSED))
        case "embed" if not study.train.live:
            shape = feature_shape(study.views.size, study.model)
            views, kind = extent.views(study), np.dtype(study.model.stored)
            size = "x".join(map(str, shape))
            whole = study.views.frame == "fixed" and study.head.kind == "conv_pool"
            most = "" if whole else "at most "
            what = f"features of {views:,} views, {most}{size} {kind.name} each,"
            yield Need(what, views * int(np.prod(shape)) * kind.itemsize)
        case "train" if study.branches.calcifications:
            count = study.branches.proposals
            what = f"candidates of calcifications, at most {count:,} of each image,"
            yield Need(what, len(extent.samples) * count * CANDIDATE.itemsize)
