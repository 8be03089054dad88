"""Making views: ours against tf.data, with the same pixels, augmentations and antialiasing.

    python -m tests.benchmarks.loader [--images 8] [--views 13] [--size 299x299] [--gpu]

Both sides begin with decoded images in memory and end with batches of views. Ours reduces each
image once and makes its views from the reduced one; its time includes both. tf.data resizes each
view from the full region of the breast (`full`), or gets the images already reduced, in time that
is not counted (`reduced`), which favours it.
"""

import argparse
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from jobs.common import resources
from jobs.config.sections import ViewsConfig
from jobs.model import tf_runtime
from jobs.stages.phantom import image_size
from jobs.views.dali import ViewMaker
from jobs.views.parameters import draw_parameters
from jobs.views.source import ImageReducer, ReducedImage
from tests.benchmarks.measure import measure_in_turns, print_machine, print_ratio, print_time
from tests.benchmarks.tf_data import Augmentation

SHAPE = (3328, 2560)  # INbreast's smaller images
BATCH = 16


def main() -> None:
    """Prints the time of a view on each side, and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--images", type=int, default=8)
    parser.add_argument("--views", type=int, default=13, help="of each image")
    parser.add_argument("--size", type=image_size, default=(299, 299), help="of a view")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gpu", action="store_true", help="ours by DALI on the first GPU")
    options = parser.parse_args()
    print_machine()
    config = ViewsConfig(size=options.size)
    images = [breast(seed) for seed in range(options.images)]
    maker = ImageReducer(config)
    sources = [maker.reduce(image) for image in images]
    full = [maker.cut_region(image) for image in images]
    calls = {
        "ours": ours(config, images, options.views, 0 if options.gpu else None),
        "ours, from reduced images": ours_views(config, sources, options.views, options.gpu),
        "tf.data, full": by_tf_data(config, full, options.views),
        "tf.data, reduced": by_tf_data(config, sources, options.views),
    }
    count = options.images * options.views
    times = {name: one.each(count) for name, one in measure_in_turns(calls, options.rounds).items()}
    print(f"a view of {options.size[0]} x {options.size[1]} from {SHAPE[0]} x {SHAPE[1]}")
    for name, time in times.items():
        print_time(name, time)
    asked = "at least 10 on a GPU" if options.gpu else "at least 2"
    print_ratio("3. tf.data, full / ours", times["tf.data, full"], times["ours"], asked)
    reduced = times["ours, from reduced images"]
    print_ratio("tf.data, reduced / ours, reduced", times["tf.data, reduced"], reduced, "-")


def breast(seed: int) -> np.ndarray:
    """A bright half-ellipse with noise in it on a background of 0, as large as a mammogram."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    inside = (x / (0.6 * SHAPE[1])) ** 2 + ((y - SHAPE[0] / 2) / (0.45 * SHAPE[0])) ** 2 < 1
    tissue = np.random.default_rng(seed).integers(1000, 3000, SHAPE, np.uint16)
    return np.where(inside, tissue, np.uint16(0))


def ours(
    config: ViewsConfig, images: Sequence[np.ndarray], views: int, gpu: int | None
) -> Callable[[], None]:
    """Reduces images and makes views of them."""
    source_maker = ImageReducer(config)
    view_maker = ViewMaker(config, BATCH, resources.thread_count(), gpu)

    def run() -> None:
        sources = ((i, source_maker.reduce(image)) for i, image in enumerate(images))
        _drain(config, view_maker, sources, views)

    return run


def ours_views(
    config: ViewsConfig, sources: Sequence[ReducedImage], views: int, on_gpu: bool
) -> Callable[[], None]:
    """Makes views of images that are reduced already."""
    maker = ViewMaker(config, BATCH, resources.thread_count(), 0 if on_gpu else None)
    return lambda: _drain(config, maker, enumerate(sources), views)


def by_tf_data(
    config: ViewsConfig, sources: Sequence[ReducedImage], views: int
) -> Callable[[], None]:
    """Makes views by tf.data."""
    tf = tf_runtime.start()
    augmentation = Augmentation(config)
    batches = augmentation.batches(
        [(source, 0.0) for source in sources], [views] * len(sources), BATCH
    )

    def run() -> None:
        for batch, _ in batches:
            tf.identity(batch)

    return run


def _drain(
    config: ViewsConfig, maker: ViewMaker, sources: Iterator[tuple[int, ReducedImage]], views: int
) -> None:
    todo: Iterator[tuple[int, int, ReducedImage]] = (
        (i, view, source) for i, source in sources for view in range(1, views + 1)
    )
    while some := list(itertools.islice(todo, BATCH)):
        drawn = [draw_parameters(20, str(i), view, config) for i, view, _ in some]
        tensor: Any = maker.make_tensor([source for _, _, source in some], drawn)
        tf_runtime.tensor(tensor)


if __name__ == "__main__":
    main()
