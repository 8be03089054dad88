"""model.weights -> weights. Reads the study; writes weights/<key>/."""

import argparse
import functools
import shutil
from pathlib import Path

from jobs.artifacts.layout import CHECKPOINT, Root
from jobs.artifacts.plan import ArtifactPlan, NothingToMake
from jobs.artifacts.publish import Draft
from jobs.common.arguments import add_config, add_root
from jobs.common.progress import Watch
from jobs.config.study import Study, load_study
from jobs.model import tf_runtime
from jobs.model.checkpoint import require_layer, weights_recipe
from jobs.model.download import IMAGENET_MD5, IMAGENET_URL, download


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo weights`."""
    add_root(parser)
    add_config(parser)
    parser.add_argument(
        "--url",
        default=IMAGENET_URL,
        help="where imagenet is fetched from (default: Keras's own, %(default)s)",
    )


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan | NothingToMake:
    """The checkpoint: made, copied or fetched; it must have all layers up to `model.layer`."""
    study = load_study(options.config, options.overrides)
    if study.model.from_scratch:
        return NothingToMake(f"{study.model.network} is trained from scratch")
    recipe = weights_recipe(study)
    folder = Root(options.root).weights(recipe.key).folder
    return ArtifactPlan(
        folder,
        recipe,
        functools.partial(_fill, study, options.url),
        check=lambda: require_layer(folder / CHECKPOINT, study.model.layer),
    )


def foresee(options: argparse.Namespace) -> None:
    """Raises what will stop it: a checkpoint that cannot be used, or no TensorFlow to make one."""
    study = load_study(options.config, options.overrides)
    if study.model.from_scratch:
        return
    weights_recipe(study)
    if study.model.weights == "random":
        tf_runtime.require_installed()
    elif study.model.weights != "imagenet":
        require_layer(Path(study.model.weights), study.model.layer)


def _fill(study: Study, url: str, draft: Draft, watch: Watch) -> None:
    path = draft.folder / CHECKPOINT
    if study.model.weights == "imagenet":
        download(path, url, IMAGENET_MD5, watch)
        require_layer(path, study.model.layer)
    elif study.model.weights == "random":
        from jobs.model.random_weights import write_random_weights

        write_random_weights(path, study.seed)
    else:
        require_layer(Path(study.model.weights), study.model.layer)
        shutil.copyfile(Path(study.model.weights), path)
