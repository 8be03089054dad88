"""The pass through the base with views that end with the breast, compared with fixed views.

    python -m tests.benchmarks.frame --release DIR --weights inception_v3_notop_to_mixed8.h5

prints, for the untouched views of some images of a release: the share of the pixels that is left;
the time of the pass from tensors in memory, in float32 and in int8, over its time with
`views.frame` fixed in float32. All take turns, image by image, so that other work on the machine
falls on all alike; of an image's passes, the fastest counts. Without --release, it makes synthetic
images of 3328 x 2560.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from jobs.common import resources
from jobs.common.types import Array
from jobs.config.sections import ViewsConfig
from jobs.model import openvino_runtime
from jobs.model.inception_v3 import read_network
from jobs.model.openvino_extractor import OpenVinoExtractor
from jobs.model.tensorflow_extractor import TensorFlowExtractor
from jobs.precision.quantise import quantise
from jobs.views.dali import make_views
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.release.release import read_release
from tests.benchmarks.measure import (
    Time,
    make_phantom,
    measure,
    print_machine,
    print_ratio,
    print_time,
    work_folder,
)

_CALIBRATION = 16  # views
_EDGE = -0.999  # above it, a view's pixel is no padding


def main() -> None:
    """Prints the table."""
    options = _options()
    print_machine()
    resources.keep_freed_memory()  # as `mammo` does
    fixed = ViewsConfig(size=tuple(options.size))
    with work_folder(options.work) as work:
        release = options.release or work / "phantom"
        if not release.exists():
            make_phantom(release, -(-options.images // 3), (3328, 2560))
        records = read_release(release).records
        records = records[:: max(1, len(records) // options.images)][: options.images]
        pixels = [read_pixels(record.path) for record in records]
        wide, narrow = (
            [make_views(each, "1", config, seed=20, count=1) for each in pixels]
            for config in (fixed, replace(fixed, frame="breast"))
        )
        calls = _calls(options, wide, narrow)
        times = _times(calls, options.rounds)
    share = sum(view.size for view in narrow) / sum(view.size for view in wide)
    shapes = len({view.shape for view in narrow})
    print(f"{len(wide)} images of {release.name}, {shapes} sizes, {share:.3f} of the pixels")
    for name, time in times.items():
        print_time(name, time.each(len(wide)), "a view")
    reference = times["fixed, float32"]
    print_ratio("breast, float32 / fixed, float32", times["breast, float32"], reference, "0.80")
    print_ratio("breast, int8 / fixed, float32", times["breast, int8"], reference, "0.35")
    print_ratio("fixed, int8 / fixed, float32", times["fixed, int8"], reference, "-")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"peak of memory, the pixels of all images among it: {peak:.1f} GB")


def _calls(
    options: argparse.Namespace, wide: Sequence[Array], narrow: Sequence[Array]
) -> dict[str, Sequence[Callable[[], object]]]:
    """By name: the pass of each image's view."""
    size = tuple(options.size)
    network = read_network(options.weights, options.layer)
    found: dict[str, Sequence[Callable[[], object]]] = {}
    for frame, views, shape in (("fixed", wide, size), ("breast", narrow, (None, None))):
        floats = TensorFlowExtractor(options.weights, options.layer, shape, stored="float16")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.xml")
            openvino_runtime.write_model(quantise(network, shape, views[:_CALIBRATION]), path)
            bytes_ = OpenVinoExtractor(path, stored="float16")
        for precision, extractor in (("float32", floats), ("int8", bytes_)):
            found[f"{frame}, {precision}"] = [
                lambda extractor=extractor, view=view: extractor.features(view) for view in views
            ]
    return found


def _times(calls: dict[str, Sequence[Callable[[], object]]], rounds: int) -> dict[str, Time]:
    """The least time of each pass, summed over all images."""
    spent = dict.fromkeys(calls, Time(0.0, 0.0))
    for turn in zip(*calls.values(), strict=True):
        for call in turn:
            call()  # the first call with a size is slower
        for name, call in zip(calls, turn, strict=True):
            tries = [measure(call) for _ in range(rounds)]
            wall, cpu = (min(getattr(one, kind) for one in tries) for kind in ("wall", "cpu"))
            spent[name] = Time(spent[name].wall + wall, spent[name].cpu + cpu)
    return spent


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--release", type=Path, help="mammograms; by default synthetic ones")
    parser.add_argument("--weights", type=Path, required=True, help="Inception V3's checkpoint")
    parser.add_argument("--layer", default="mixed7")
    parser.add_argument("--size", type=int, nargs=2, default=(1152, 896), help="rows, columns")
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, help="kept, with the synthetic release")
    return parser.parse_args()


if __name__ == "__main__":
    main()
