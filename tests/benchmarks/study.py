"""A whole study over the bare base pass of its distinct views, and plain Keras over the study.

    python -m tests.benchmarks.study [--patients 24] [--root DIR] [--steps 8]

Everything from the prepared dataset to metrics.json, five folds and all-data, 20 epochs, the
report's view counts, in new processes as `mammo study` has it, imports included. Nothing of it
is cached: the features, models and figures are removed first. The bare pass is the same folded
network on tensors that are in memory, warmed up, imports not counted. Plain Keras is (a) tf.data
augmentation, frozen InceptionV3 and head, `model.fit`, six times: a few steps are measured, and
multiplied; (b) features of as many views once, by tf.data and `model.predict`, and six heads fitted
to them: the features are measured on a share of the images and multiplied, the heads on one model;
then all of (b) is run, unclocked, for its AUC.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import Root
from jobs.config.names import TEST
from jobs.config.study import Study, load_study
from jobs.data.dataset import Dataset, open_dataset
from jobs.local.manifests.render import default_folder
from jobs.model.checkpoint import require_checkpoint, weights_recipe
from jobs.views.parameters import view_count
from mammo_tfds.release.release import is_sick
from tests.benchmarks import plain_keras
from tests.benchmarks.measure import (
    Time,
    prepared,
    say,
    say_machine,
    say_ratio,
    timed,
    workplace,
)

BATCH = 16


def main() -> None:
    """Prints times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=24, help="of the synthetic release")
    parser.add_argument("--root", type=Path, help="kept, with its dataset, for a next time")
    parser.add_argument("--steps", type=int, default=8, help="of (a) that are measured")
    parser.add_argument("--no-keras", action="store_true", help="the study over the base alone")
    options = parser.parse_args()
    say_machine()
    with workplace(options.root) as root:
        config = root / "study.yaml"
        config.write_text("{}\n")
        prepared(root, config, options.patients, (1024, 832))
        study = load_study(config)
        dataset = open_dataset(root, study)
        count = sum(view_count(study, image) for image in dataset.images)
        print(f"{len(dataset.images)} images, {count} distinct views, 6 models, 20 epochs")
        checkpoint = require_checkpoint(Root(root), weights_recipe(study).key)
        before = base_pass(checkpoint, study, count // 2)
        ours = whole_study(root, config)
        after = base_pass(checkpoint, study, count - count // 2)
        base = Time(before.wall + after.wall, before.cpu + after.cpu)
        say("bare base pass", base)
        say("study", ours)
        say_ratio("1. study / base", ours, base, "at most 1.25")
        if not options.no_keras:
            against_keras(root, dataset, study, checkpoint, ours, options.steps)


def base_pass(checkpoint: Path, study: Study, count: int) -> Time:
    """The base alone on `count` views."""
    from jobs.model.tensorflow_extractor import TensorFlowExtractor

    base = TensorFlowExtractor(checkpoint, study.model.layer, study.views.size)
    views = np.random.default_rng(0).uniform(-1, 1, (BATCH, *study.views.size, 1))
    views = views.astype(np.float32)
    for _ in range(2):
        base.features(views)
    whole, rest = divmod(count, BATCH)

    def run() -> None:
        for _ in range(whole):
            base.features(views)
        if rest:
            base.features(views[:rest])

    return timed(run)


def whole_study(root: Path, config: Path) -> Time:
    """From the dataset to metrics.json, as `mammo study` does it, in new processes."""
    for name in ("features", "runs"):
        shutil.rmtree(root / name, ignore_errors=True)
    manifests = root / "manifests"
    shutil.copytree(default_folder(), manifests, dirs_exist_ok=True)
    wanted = (manifests / "kustomization.yaml").read_text().replace("  - report.yaml\n", "")
    (manifests / "kustomization.yaml").write_text(wanted)
    given = ["--root", root, "--config", config]
    command = ["mammo", "study", *given, "--manifests", manifests]
    line = [Path(sys.executable).with_name(command[0]), *command[1:]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return timed(lambda: subprocess.run(line, check=True, **quiet))


def against_keras(
    root: Path, dataset: Dataset, study: Study, checkpoint: Path, ours: Time, steps: int
) -> None:
    """Measures both versions in plain Keras, and prints the ratios."""
    training = training_views(dataset, study)
    keras = plain_keras.Plain(dataset, study, checkpoint)
    fit = keras.fit_step(steps)
    times = sum(-(-count // study.train.batch) for count in training) * study.train.epochs
    naive = Time(fit.wall * times, fit.cpu * times)
    say(f"(a) one step of model.fit; {times:,} in all", fit)
    say("(a) all of it, multiplied", naive)
    say_ratio("2a. plain Keras / study", naive, ours, "at least 60")
    view, head = keras.predict_view(images=6), keras.head_epoch(training[0])
    views = sum(view_count(study, image) for image in dataset.images)
    epochs = study.train.epochs * sum(training) / training[0]
    careful = Time(view.wall * views + head.wall * epochs, view.cpu * views + head.cpu * epochs)
    say("(b) one view by tf.data and model.predict", view)
    say("(b) one epoch of one head", head)
    say("(b) all of it, multiplied", careful)
    say_ratio("2b. careful Keras / study", careful, ours, "at least 1.4")
    print(f"out-of-fold AUC, mean of folds, images: study {study_auc(root)}")
    print(f"out-of-fold AUC of (b), all of it run: {keras.out_of_fold_auc():.3f}")


def study_auc(root: Path) -> str:
    """The study's own figure with its interval over patients."""
    text = (root / "runs" / "study" / "evaluation" / "metrics.json").read_text()
    auc = json.loads(text)["levels"]["image"]["out_of_fold"]["mean"]["figures"]["auc"]
    return f"{auc['value']:.3f} ({auc['low']:.3f}-{auc['high']:.3f})"


def training_views(dataset: Dataset, study: Study) -> list[int]:
    """How many views each of the models trains on: fold0, fold1, ..., all."""
    splits: dict[str, int] = {}
    for image in dataset.images:
        if image.split != TEST:
            sick = is_sick(image.birads, study.data.sick)
            count = study.views.sick if sick else study.views.healthy
            splits[image.split] = splits.get(image.split, 0) + count
    total = sum(splits.values())
    return [*(total - splits[name] for name in sorted(splits)), total]


if __name__ == "__main__":
    main()
