"""`mammo embed` from decoding to written features, over the bare base on tensors in memory.

    python -m tests.benchmarks.embed [--size 299x299] [--patients 12] [--rounds 4]

A dataset of synthetic images of INbreast's size, 3328 x 2560, the report's view counts. Both sides
are in one process and take turns: an image's worth of base, all of some images' embedding, and so
on. The network is traced and warm before any clock runs; features are removed before each turn, so
that ours decodes, finds the breast, makes the views, computes, and writes and syncs every file.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from jobs.artifacts.layout import Root
from jobs.artifacts.publish import Draft
from jobs.common import resources
from jobs.common.progress import silent
from jobs.config.study import Study, load_study
from jobs.data.dataset import Dataset, open_dataset
from jobs.features.extract import Share, fill
from jobs.model.checkpoint import require_checkpoint, weights_recipe
from jobs.model.extractor import FeatureExtractor, make_extractor
from jobs.stages.phantom import image_size
from jobs.views.batches import batch_size
from jobs.views.parameters import view_count
from tests.benchmarks.measure import (
    Time,
    median,
    prepared,
    say,
    say_machine,
    say_ratio,
    timed,
    workplace,
)


def main() -> None:
    """Prints the time of a view on both sides, and the ratio of throughputs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", type=image_size, default=(299, 299))
    parser.add_argument("--patients", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--root", type=Path, help="kept, with its dataset, for a next time")
    options = parser.parse_args()
    say_machine()
    resources.keep_freed_memory()  # as `mammo` does
    with workplace(options.root) as root:
        config = root / "study.yaml"
        rows, columns = options.size
        config.write_text(f"data: {{folds: 2}}\nviews: {{size: [{rows}, {columns}]}}\n")
        prepared(root, config, options.patients, (3328, 2560))
        study = load_study(config)
        dataset = open_dataset(root, study)
        checkpoint = require_checkpoint(Root(root), weights_recipe(study).key)
        base = make_extractor(study, "float32", checkpoint, Path(), study.model.stored)
        bare, ours = turns(study, dataset, base, options.rounds)
    say("the base alone", bare, "a view")
    say("embed", ours, "a view")
    asked = "at least 0.92 at 299x299, 0.95 at 768x448"
    say_ratio(f"4. embed's throughput / the base's, {rows}x{columns}", bare, ours, asked)


def turns(study: Study, dataset: Dataset, base: FeatureExtractor, rounds: int) -> tuple[Time, Time]:
    """The median times of a view: of the base alone, and of embedding."""
    count = sum(view_count(study, image) for image in dataset.images)
    views = np.random.default_rng(0).uniform(-1, 1, (batch_size(study), *study.views.size, 1))
    views = views.astype(np.float32)
    bare, ours = [], []
    base.features(views)
    for _ in range(rounds):
        times = max(2, count // len(views) // 2)
        bare.append(timed(lambda n=times: [base.features(views) for _ in range(n)]))
        bare[-1] = bare[-1].each(times * len(views))
        with tempfile.TemporaryDirectory() as folder:
            draft = Draft(Path(folder))
            whole = timed(lambda to=draft: fill(study, dataset, base, to, Share(), silent))
        ours.append(whole.each(count))
    return median(bare), median(ours)


if __name__ == "__main__":
    main()
