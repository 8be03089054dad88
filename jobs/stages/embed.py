"""dataset -> features. Reads dataset/ and weights/; writes features/<key>/, one file an image."""

import argparse
import io
import shutil
from pathlib import Path

import numpy as np

from jobs import machine
from jobs.artifacts import (
    Draft,
    publish,
    require,
    unless_another_finishes,
    up_to_date,
    workspace,
    write_whole,
)
from jobs.checkpoint import FILE, weights_folder, weights_recipe
from jobs.config import Study, load_study
from jobs.dataset import Dataset, Image, open_dataset
from jobs.errors import CannotCreateError
from jobs.features import features_folder, features_recipe
from jobs.options import add_config, add_root
from jobs.progress import Watch

_WAY_OUT = "remove it"
_BATCH_PIXELS = 16 * 299 * 299  # 8 to 16 views at 299 x 299 and 1 to 4 above are fastest


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo embed`."""
    add_root(parser)
    add_config(parser)


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Makes every view of every image once, passes it through the base, and keeps the features."""
    study = load_study(options.config)
    dataset = open_dataset(options.root, study)
    weights = weights_recipe(study)
    checkpoint = weights_folder(options.root, weights)
    require(checkpoint, f"mammo weights --root {options.root} --config {options.config}")
    recipe = features_recipe(study, dataset, weights.key)
    folder = features_folder(options.root, recipe)
    if up_to_date(folder, recipe, _WAY_OUT):
        return
    with (
        unless_another_finishes(folder, recipe, _WAY_OUT),
        publish(folder, recipe, _WAY_OUT, workspace(folder, recipe)) as draft,
    ):
        _embed(study, dataset, checkpoint / FILE, draft, watch)


def _embed(study: Study, dataset: Dataset, checkpoint: Path, draft: Draft, watch: Watch) -> None:
    """Fills the draft with the features of the images that are not there yet."""
    from jobs import tf_runtime
    from jobs.backbone import Backbone
    from jobs.sources import SourceMaker
    from jobs.views import ViewMaker, draw_parameters

    work, size = draft.folder, study.views.size
    backbone = Backbone(checkpoint, study.model.layer, size)
    counts = {image.image_id: _view_count(study, image) for image in dataset.images}
    missing = [image for image in dataset.images if not _file(work, image).exists()]
    done = sum(counts.values()) - sum(counts[image.image_id] for image in missing)
    _require_space(work, study, backbone.output_shape, sum(counts.values()) - done)
    batch = max(1, _BATCH_PIXELS // (size[0] * size[1]))
    sources = SourceMaker(study.views)
    maker = ViewMaker(study.views, batch, machine.thread_count())
    watch("embed: views", done, sum(counts.values()))
    for image in missing:
        source = sources.source(dataset.pixels(image))
        numbers = range(counts[image.image_id])
        features = np.empty((len(numbers), *backbone.output_shape), study.model.stored)
        for start in range(0, len(numbers), batch):
            chosen = numbers[start : start + batch]
            drawn = [draw_parameters(study.seed, image.image_id, v, study.views) for v in chosen]
            features[start : start + batch] = backbone.features(maker.views(source, drawn))
            watch("embed: views", done + start + len(chosen), sum(counts.values()))
        done += len(numbers)
        _save(_file(work, image), features)
    draft.device, draft.determinism = tf_runtime.device(), tf_runtime.determinism()


def _view_count(study: Study, image: Image) -> int:
    from mammo_tfds.release import is_sick

    sick = is_sick(image.birads, study.data.sick)
    return study.views.sick if sick else study.views.healthy


def _file(work: Path, image: Image) -> Path:
    return work / f"{image.image_id}.npy"


def _save(path: Path, features: np.ndarray) -> None:
    content = io.BytesIO()
    np.save(content, features, allow_pickle=False)
    write_whole(path, content.getvalue())


def _require_space(work: Path, study: Study, shape: tuple[int, ...], views: int) -> None:
    """Raises CannotCreateError where the features to come are larger than the free space."""
    needed = views * int(np.prod(shape)) * np.dtype(study.model.stored).itemsize
    free = shutil.disk_usage(work).free
    if needed > free:
        raise CannotCreateError(
            f"{work.parent} must have room for {views} views' features, {needed / 1e9:.1f} GB; "
            f"{free / 1e9:.1f} GB are free: make room, or set fewer views, a smaller views.size "
            "or model.stored float16"
        )
