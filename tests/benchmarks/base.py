"""How fast the base is, beside other ways to run the same network on this processor.

    python -m tests.benchmarks.base --weights inception_v3_notop_to_mixed8.h5

prints CPU milliseconds a view, user and system time of all threads, each the median of rounds in
which all take turns; what share of a core's measured float32 peak that is (two operations for each
product of the convolutions; without a C compiler, nan); and the ratio to our own base in float32.
OpenVINO and ONNX Runtime are given our network, folded and with one channel. Without onnx and
onnxruntime (pip install onnx onnxruntime) the latter's line is left out.
"""

import argparse
import importlib.util
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from jobs.model import openvino_runtime, tf_runtime
from jobs.model.graph import Convolution, Network, Operation, Pooling, compute
from jobs.model.inception_v3 import keras_model, read_network
from jobs.model.openvino_extractor import OpenVinoExtractor, model_of
from jobs.model.tensorflow_extractor import TensorFlowExtractor
from jobs.precision.quantise import quantise
from tests.benchmarks.measure import interleaved, say_machine
from tests.benchmarks.peak import peak_gflops

_OURS = "ours, float32"


def main() -> None:
    """Prints the table."""
    options = _options()
    say_machine()
    size = tuple(options.size)
    network = read_network(options.weights, options.layer)
    views = np.random.default_rng(0).uniform(-1, 1, (options.batch, *size, 1)).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        calls = _calls(options, size, network, views, Path(folder))
        times = interleaved(calls, options.rounds)
    found = {name: 1e3 * each.cpu / options.batch for name, each in times.items()}
    work, peak = gflop(network, size), peak_gflops()
    print(f"{options.layer} at {size[0]} x {size[1]}, batches of {options.batch}: {work:.2f} GFLOP")
    print(f"a core's measured float32 peak: {peak or math.nan:.0f} GFLOP/s (peak.c)\n")
    print(f"{'':28}{'CPU ms a view':>14}{'of the peak':>13}{'times as fast as ours':>23}")
    for name, each in found.items():
        share, ratio = work / each * 1e3 / (peak or math.nan), found[_OURS] / each
        print(f"{name:28}{each:14.1f}{share:13.0%}{ratio:23.2f}")


def gflop(network: Network, size: tuple[int, int]) -> float:
    """The products and sums of the network's convolutions for one view, in 10^9."""
    total = 0

    def count(operation: Operation, inputs: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        nonlocal total
        if not isinstance(operation, Convolution | Pooling):
            return inputs[0]
        window = operation.size if isinstance(operation, Pooling) else operation.kernel.shape[:2]
        lost = [side - 1 if operation.padding == "VALID" else 0 for side in window]
        shape = tuple(
            -(-(side - less) // step)
            for side, less, step in zip(inputs[0], lost, operation.strides, strict=True)
        )
        if isinstance(operation, Convolution):
            total += 2 * operation.kernel.size * shape[0] * shape[1]
        return shape

    compute(network, size, count)
    return total / 1e9


def _calls(
    options: argparse.Namespace,
    size: tuple[int, int],
    network: Network,
    views: np.ndarray,
    folder: Path,
) -> dict[str, Callable[[], object]]:
    tf = tf_runtime.start()
    tensor, colour = tf.constant(views), tf.constant(np.repeat(views, 3, axis=-1))
    ours, short = (
        TensorFlowExtractor(options.weights, options.layer, size, precision=precision)
        for precision in ("float32", "bfloat16")
    )
    theirs = keras_model(options.layer, size)  # its weights are random: it is only timed
    function = tf.function(theirs).get_concrete_function(colour)
    float32 = openvino_runtime.compile_model(model_of(network, size))
    openvino_runtime.write_model(quantise(network, size, [views]), folder / "model.xml")
    bytewise = OpenVinoExtractor(folder / "model.xml")
    calls: dict[str, Callable[[], object]] = {
        _OURS: lambda: ours.features(tensor),
        "Keras, model.predict": lambda: theirs.predict(colour, verbose=0),
        "Keras, tf.function(model)": lambda: function(colour),
        "OpenVINO, float32": lambda: float32(views),
        "ours, bfloat16": lambda: short.features(tensor),
        "ours, int8": lambda: bytewise.features(views),
    }
    if importlib.util.find_spec("onnx") and importlib.util.find_spec("onnxruntime"):
        from tests.benchmarks.onnx_network import onnx_call

        onnx = onnx_call(network, size)
        calls["ONNX Runtime, float32"] = lambda: onnx(views)
    return calls


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True, help="Inception V3's checkpoint")
    parser.add_argument("--layer", default="mixed8")
    parser.add_argument("--size", type=int, nargs=2, default=(299, 299), help="rows, columns")
    parser.add_argument("--batch", type=int, default=8, help="views a call")
    parser.add_argument("--rounds", type=int, default=9)
    return parser.parse_args()


if __name__ == "__main__":
    main()
