"""A whole study compared with the base alone on as many views, and with plain Keras.

    python -m tests.benchmarks.study [--patients 24] [--root DIR] [--steps 8]
    python -m tests.benchmarks.study --config study-best.yaml --no-keras --patients 108

The study is everything from the prepared dataset to metrics.json: five folds and all-data, 20
epochs, the report's view counts, run by `mammo study` in new processes, imports included; or
another one, by `--config`. Features, models and figures are removed first. The base alone is the
same folded network on tensors in memory, as large as the study's views, warmed up, imports not
counted. Plain Keras is measured in two ways: (a) tf.data
augmentation, frozen InceptionV3 and head, `model.fit`, six times: a few steps are measured, and
multiplied; (b) features of as many views once, by tf.data and `model.predict`, and six heads fitted
to them: the features are measured on a share of the images and multiplied, the heads on one model.
Then all of (b) is run without a clock, for its AUC.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import Root
from jobs.config.names import TEST
from jobs.config.study import Study, load_study
from jobs.data.dataset import Dataset, open_dataset
from jobs.local.manifests.render import default_folder
from jobs.model.checkpoint import require_checkpoint, weights_recipe
from jobs.views.frame import framed
from jobs.views.parameters import view_count
from jobs.views.source import ImageReducer
from mammo_tfds.release.release import is_sick
from tests.benchmarks import plain_keras
from tests.benchmarks.measure import (
    Time,
    measure,
    prepare_root,
    print_machine,
    print_ratio,
    print_time,
    work_folder,
)

BATCH = 16


def main() -> None:
    """Prints times and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--patients", type=int, default=24, help="of the synthetic release")
    parser.add_argument("--root", type=Path, help="kept, with its dataset, for a next time")
    parser.add_argument("--steps", type=int, default=8, help="of (a) that are measured")
    parser.add_argument("--no-keras", action="store_true", help="the study over the base alone")
    parser.add_argument("--config", type=Path, help="the study; the report's recipe without it")
    options = parser.parse_args()
    print_machine()
    with work_folder(options.root) as root:
        config = root / "study.yaml"
        config.write_text(options.config.read_text() if options.config else "{}\n")
        prepare_root(root, config, options.patients, (1024, 832))
        study = load_study(config)
        dataset = open_dataset(root, study)
        count = sum(view_count(study, image) for image in dataset.images)
        epochs = study.train.epochs
        print(f"{len(dataset.images)} images, {count} distinct views, 6 models, {epochs} epochs")
        checkpoint = require_checkpoint(Root(root), weights_recipe(study).key)
        batches = view_batches(dataset, study)
        before = base_pass(checkpoint, study, batches[::2])
        ours = whole_study(root, config)
        after = base_pass(checkpoint, study, batches[1::2])
        base = Time(before.wall + after.wall, before.cpu + after.cpu)
        print_time("bare base pass", base)
        print_time("study", ours)
        print_ratio("1. study / base", ours, base, "at most 1.25; study-best 1.15")
        if not options.no_keras:
            against_keras(root, dataset, study, checkpoint, ours, options.steps)


def view_batches(dataset: Dataset, study: Study) -> list[tuple[int, int, int]]:
    """(views, rows, columns) of each batch of the study's views; one view each if they differ."""
    counts = [view_count(study, image) for image in dataset.images]
    if study.views.frame == "fixed":
        whole, rest = divmod(sum(counts), BATCH)
        return [(views, *study.views.size) for views in [BATCH] * whole + [rest] * (rest > 0)]
    reducer = ImageReducer(study.views)
    sizes = []
    for image, count in zip(dataset.images, counts, strict=True):
        box = reducer.reduce(dataset.pixels(image)).box
        sizes += [framed(study.views, box.shape).size] * count
    return [(1, *size) for size in sizes]


def base_pass(checkpoint: Path, study: Study, batches: Sequence[tuple[int, int, int]]) -> Time:
    """The base alone on views of these sizes."""
    from jobs.model.tensorflow_extractor import TensorFlowExtractor

    base = TensorFlowExtractor(checkpoint, study.model.layer, study.views.common_size)
    most = max(np.prod(each) for each in batches)
    values = np.random.default_rng(0).uniform(-1, 1, most).astype(np.float32)

    def run(some: Sequence[tuple[int, int, int]]) -> None:
        for each in some:
            base.features(values[: np.prod(each)].reshape(*each, 1))

    run(batches[:2])
    return measure(lambda: run(batches))


def whole_study(root: Path, config: Path) -> Time:
    """From the dataset to metrics.json, as `mammo study` does it, in new processes."""
    for name in ("features", "runs"):
        shutil.rmtree(root / name, ignore_errors=True)
    manifests = root / "manifests"
    shutil.copytree(default_folder(), manifests, dirs_exist_ok=True)
    resources = (manifests / "kustomization.yaml").read_text().replace("  - report.yaml\n", "")
    (manifests / "kustomization.yaml").write_text(resources)
    release = ["--release", root / "phantom"]
    command = ["mammo", "study", "--root", root, *release, "--config", config]
    command += ["--manifests", manifests]
    line = [Path(sys.executable).with_name(command[0]), *command[1:]]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return measure(lambda: subprocess.run(line, check=True, **quiet))


def against_keras(
    root: Path, dataset: Dataset, study: Study, checkpoint: Path, ours: Time, steps: int
) -> None:
    """Measures both versions in plain Keras, and prints the ratios."""
    training = training_views(dataset, study)
    keras = plain_keras.Plain(dataset, study, checkpoint)
    fit = keras.fit_step(steps)
    times = sum(-(-count // study.train.batch) for count in training) * study.train.epochs
    naive = Time(fit.wall * times, fit.cpu * times)
    print_time(f"(a) one step of model.fit; {times:,} in all", fit)
    print_time("(a) all of it, multiplied", naive)
    print_ratio("2a. plain Keras / study", naive, ours, "at least 60")
    view, head = keras.predict_view(images=6), keras.head_epoch(training[0])
    views = sum(view_count(study, image) for image in dataset.images)
    epochs = study.train.epochs * sum(training) / training[0]
    careful = Time(view.wall * views + head.wall * epochs, view.cpu * views + head.cpu * epochs)
    print_time("(b) one view by tf.data and model.predict", view)
    print_time("(b) one epoch of one head", head)
    print_time("(b) all of it, multiplied", careful)
    print_ratio("2b. careful Keras / study", careful, ours, "at least 1.4")
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
