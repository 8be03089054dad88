"""How an artifact is published: written aside, hashed, its manifest last, then renamed.

An artifact is a folder whose last-written file is `manifest.json`. Nothing that is half written
ever has its final name, whatever kills the writer.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jobs.artifacts.manifest import MANIFEST, Manifest, describe_file, read_manifest, verify
from jobs.artifacts.recipe import Recipe
from jobs.common import resources
from jobs.common.atomic_write import (
    remove_unfinished,
    rename_if_absent,
    sync,
    temporary_folder,
    write_atomically,
)
from jobs.common.circumstances import command_line, processor_name
from jobs.common.errors import ConfigError, DataError
from jobs.common.versions import software_versions
from jobs.config.difference import list_changes

REMEDY = "remove it"


@dataclass
class Draft:
    """An artifact while it is written: fill `folder`; the rest goes into the manifest."""

    folder: Path
    device: str = "cpu"
    determinism: dict[str, Any] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)


def up_to_date(folder: Path, recipe: Recipe, remedy: str = REMEDY) -> bool:
    """Whether `folder` holds this recipe's artifact, intact.

    Raises:
        ConfigError: it holds another recipe's; names what differs, and the remedy.
        DataError: it is damaged.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return False
    if manifest.key != recipe.key:
        raise ConfigError(
            f"{folder} was made from another configuration or other inputs "
            f"({', '.join(_list_differences(manifest, recipe))}); {remedy}"
        )
    verify(folder, manifest)
    return True


def _list_differences(manifest: Manifest, recipe: Recipe) -> list[str]:
    """What gives two recipes two keys: settings, inputs, and the version of the format."""
    inputs = sorted({**manifest.inputs, **recipe.inputs})
    others = [name for name in inputs if manifest.inputs.get(name) != recipe.inputs.get(name)]
    return [
        *list_changes(manifest.configuration, recipe.configuration),
        *(f"another {name}" for name in others),
        *list_changes({"format": manifest.format}, {"format": recipe.format}),
        *list_changes({"stage": manifest.stage}, {"stage": recipe.stage}),
    ]


@contextlib.contextmanager
def publish(
    folder: Path,
    recipe: Recipe,
    remedy: str = REMEDY,
    effort: resources.Effort | None = None,
) -> Iterator[Draft]:
    """Yields a Draft to fill; on a clean exit it is hashed, described and renamed to `folder`.

    If two publish the same recipe, the first wins, and the second accepts the first one's artifact.
    An exception leaves nothing behind; what a kill leaves, the next writer beside it removes.
    `effort` is what was already spent on making it: the context should not stay open for hours, as
    others would take its folder for abandoned.

    Raises:
        ConfigError: another recipe's artifact is there; names what differs, and the remedy.
        DataError: what is there is damaged, or is not an artifact.
    """
    effort = effort or resources.watch_effort()
    with temporary_folder(folder) as aside:
        draft = Draft(aside)
        yield draft
        _finish(draft, folder, recipe, remedy, effort)


@contextlib.contextmanager
def publish_workspace(folder: Path, recipe: Recipe, remedy: str = REMEDY) -> Iterator[Draft]:
    """As `publish`, but the recipe's workspace becomes the artifact.

    After an exception or a kill the workspace stays, and the next call goes on with its files.

    Raises:
        FileNotFoundError: another writer of the recipe published the workspace, and it is gone.
    """
    effort = resources.watch_effort()
    draft = Draft(workspace(folder, recipe))
    yield draft
    _finish(draft, folder, recipe, remedy, effort)
    remove_workspace(folder, recipe)  # still there if another writer published first


@contextlib.contextmanager
def unless_another_finishes(folder: Path, recipe: Recipe, remedy: str = REMEDY) -> Iterator[None]:
    """Ends the work quietly if its files vanish because another writer has published the recipe.

    Raises:
        FileNotFoundError: a file vanished, and no artifact is there.
    """
    try:
        yield
    except FileNotFoundError:
        if not up_to_date(folder, recipe, remedy):
            raise


def workspace(folder: Path, recipe: Recipe) -> Path:
    """The folder of unfinished work for `folder`, which survives a stop; its name has the key.

    It is not an artifact: each file in it is written by `write_atomically`.
    """
    work = _workspace(folder, recipe)
    work.mkdir(parents=True, exist_ok=True)
    return work


def remove_workspace(folder: Path, recipe: Recipe) -> None:
    """Removes what was kept for an artifact that is published, if there is any left."""
    shutil.rmtree(_workspace(folder, recipe), ignore_errors=True)


def _workspace(folder: Path, recipe: Recipe) -> Path:
    return folder.parent / f".{folder.name}.{recipe.key[:16]}.unfinished"


def _finish(
    draft: Draft, folder: Path, recipe: Recipe, remedy: str, effort: resources.Effort
) -> None:
    _write_manifest(draft, recipe, effort)
    if rename_if_absent(draft.folder, folder):
        remove_unfinished(folder)
    elif not up_to_date(folder, recipe, remedy):
        raise DataError(f"{folder} was not written by mammo: remove it, then run again")


def _write_manifest(draft: Draft, recipe: Recipe, effort: resources.Effort) -> None:
    found = sorted(draft.folder.rglob("*"))
    # A workspace may hold a manifest whose publication was interrupted, and hidden files that
    # another writer is about to rename.
    ours = (path for path in found if path.name != MANIFEST and path.name[0] != ".")
    paths = [path for path in ours if path.is_file()]
    for path in (*paths, *(path for path in found if path.is_dir())):
        sync(path)
    with ThreadPoolExecutor(resources.thread_count()) as pool:
        described = list(pool.map(describe_file, paths))
    names = [path.relative_to(draft.folder).as_posix() for path in paths]
    manifest = Manifest(
        stage=recipe.stage,
        key=recipe.key,
        inputs=recipe.inputs,
        configuration=recipe.configuration,
        format=recipe.format,
        files=dict(zip(names, described, strict=True)),
        versions=software_versions(),
        determinism=draft.determinism,
        device=draft.device,
        threads=resources.thread_count(),
        seconds=round(effort.seconds, 3),
        peak_memory=effort.memory.peak(),
        notes=draft.notes,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        command=command_line(),
        processor=processor_name(),
    )
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n"
    write_atomically(draft.folder / MANIFEST, text.encode())
