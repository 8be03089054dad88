"""model.weights -> weights. Reads the study; writes weights/<key>/."""

import argparse
import shutil
from pathlib import Path

from jobs.artifacts.publish import Draft, publish, up_to_date
from jobs.common.arguments import add_config, add_root
from jobs.common.progress import Watch
from jobs.config.study import Study, load_study
from jobs.model.checkpoint import (
    FILE,
    IMAGENET_MD5,
    IMAGENET_URL,
    download,
    require_layer,
    weights_folder,
    weights_recipe,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo weights`."""
    add_root(parser)
    add_config(parser)
    parser.add_argument(
        "--url", default=IMAGENET_URL, help="where imagenet is fetched from (a mirror of Keras's)"
    )


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Makes, copies or fetches the checkpoint, and verifies that it reaches `model.layer`."""
    study = load_study(options.config)
    recipe = weights_recipe(study)
    folder = weights_folder(options.root, recipe)
    if up_to_date(folder, recipe, "remove it"):
        require_layer(folder / FILE, study.model.layer)
        return
    with publish(folder, recipe) as draft:
        _fill(draft, study, options.url, watch)


def _fill(draft: Draft, study: Study, url: str, watch: Watch) -> None:
    path = draft.folder / FILE
    if study.model.weights == "imagenet":
        download(path, url, IMAGENET_MD5, watch)
        require_layer(path, study.model.layer)
    elif study.model.weights == "random":
        from jobs.model.tensorflow_extractor import write_random

        write_random(path, study.seed)
    else:
        require_layer(Path(study.model.weights), study.model.layer)
        shutil.copyfile(Path(study.model.weights), path)
