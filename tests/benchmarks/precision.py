"""How each precision changes features and the AUC, on the untouched images of a release.

    python -m tests.benchmarks.precision --release DIR --weights inception_v3_notop_to_mixed8.h5 \\
        --work DIR

prints, compared with float32: the relative error of features (of maps, on every eighth image; of
their averages over places, on all), and the difference in out-of-fold AUC with its 95 % interval by
bootstrap over patients. The AUC is that of logistic regression on standardised averages, with folds
by patient, the mean over several splits. Features are computed once and kept under --work.
int8 is calibrated as in a study: on 64 views of images of all folds, without labels.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import rankdata
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jobs.artifacts.recipe import Recipe
from jobs.common.errors import ConfigError
from jobs.common.keyed_rng import rng
from jobs.config.sections import ViewsConfig
from jobs.model import openvino_runtime
from jobs.model.extractor import FeatureExtractor
from jobs.model.inception_v3 import read_network
from jobs.model.openvino_extractor import OpenVinoExtractor
from jobs.model.tensorflow_extractor import TensorFlowExtractor
from jobs.precision.quantise import quantise
from jobs.views.dali import ViewMaker
from jobs.views.parameters import draw_parameters
from jobs.views.source import ImageReducer
from mammo_tfds.pixels.read import read_pixels
from mammo_tfds.release.release import Record, is_sick, read_release
from tests.benchmarks.measure import print_machine

PRECISIONS = ("float32", "bfloat16", "float16", "int8")
_SEED, _BATCH, _CALIBRATION, _MAPS = 20, 8, 64, 8
_STRENGTH = 0.001  # scikit-learn's C; from 0.0003 to 0.01 the differences were alike


@dataclass(frozen=True)
class Features:
    """Features: averages over places (images, channels), and maps of every eighth image."""

    averages: np.ndarray
    maps: np.ndarray


def main() -> None:
    """Prints the table."""
    options = _options()
    print_machine()
    records = read_release(options.release).records
    work = _work(options, records)
    views = _views(options, records, work / "views.npy")
    features = {}
    for each in PRECISIONS:
        try:
            features[each] = _features(options, each, views, work / f"{each}.npz")
        except ConfigError as error_text:  # float16, on a CPU
            print(f"{each}: {error_text}")
    truth, scores = features["float32"], {}
    for name, each in features.items():
        scores[name] = out_of_fold(each.averages, records, options.deals)
        errors = error(each.maps, truth.maps), error(each.averages, truth.averages)
        print(f"{name:10} maps {errors[0]:.4f}  averages {errors[1]:.4f}", end="  ")
        low, high = interval(scores[name], scores["float32"], records, options.bootstrap)
        value = auc(scores[name], _sick(records))
        change = value - auc(scores["float32"], _sick(records))
        print(f"AUC {value:.4f}  difference {change:+.4f} [{low:+.4f}, {high:+.4f}]")


def error(features: np.ndarray, reference: np.ndarray) -> float:
    """The relative error, in the Euclidean norm."""
    return float(np.linalg.norm(features - reference) / np.linalg.norm(reference))


def out_of_fold(averages: np.ndarray, records: Sequence[Record], deals: int) -> np.ndarray:
    """The scores of each image by models that were not trained on its patient: (deals, images)."""
    sick, patients = _sick(records), [record.patient for record in records]
    scores = np.empty((deals, len(records)))
    for deal in range(deals):
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=deal)
        for training, held_out in folds.split(averages, sick, patients):
            regression = LogisticRegression(C=_STRENGTH, max_iter=500)
            model = make_pipeline(StandardScaler(), regression)
            model.fit(averages[training], sick[training])
            scores[deal, held_out] = model.decision_function(averages[held_out])
    return scores


def auc(scores: np.ndarray, sick: np.ndarray) -> float:
    """The mean over deals of the AUC: the share of pairs in order, ties counted half."""
    positives, negatives = int(sick.sum()), int((~sick).sum())
    ranks = rankdata(scores, axis=1)[:, sick].sum(axis=1)
    above = ranks - positives * (positives + 1) / 2
    return float((above / (positives * negatives)).mean())


def interval(
    scores: np.ndarray, reference: np.ndarray, records: Sequence[Record], times: int
) -> tuple[float, float]:
    """The 95 % interval of the difference in AUC, by bootstrap over patients."""
    sick = _sick(records)
    images: dict[str, list[int]] = {}
    for index, record in enumerate(records):
        images.setdefault(record.patient, []).append(index)
    of_patient = list(images.values())
    random, differences = rng(_SEED, "bootstrap"), []
    for _ in range(times):
        drawn = random.integers(len(of_patient), size=len(of_patient))
        some = np.concatenate([of_patient[each] for each in drawn])
        differences.append(auc(scores[:, some], sick[some]) - auc(reference[:, some], sick[some]))
    low, high = np.quantile(differences, (0.025, 0.975))
    return float(low), float(high)


def _sick(records: Sequence[Record]) -> np.ndarray:
    return np.array([is_sick(record.birads) for record in records])


def _work(options: argparse.Namespace, records: Sequence[Record]) -> Path:
    """The folder for features: another one for other images, weights, layer or size."""
    inputs = {"images": [each.image_id for each in records], "weights": str(options.weights)}
    recipe = Recipe("precision", {}, {**inputs, "layer": options.layer, "size": options.size})
    folder = options.work / recipe.key[:16]
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _views(options: argparse.Namespace, records: Sequence[Record], path: Path) -> np.ndarray:
    """Views 0 and 1 of every image: (images, 2, rows, columns, 1) float32, mapped."""
    if not path.exists():
        config = ViewsConfig(size=tuple(options.size))
        sources, maker = ImageReducer(config), ViewMaker(config, 2, 1)
        made = []
        for record in records:
            drawn = [draw_parameters(_SEED, record.image_id, k, config) for k in range(2)]
            made.append(maker.make_array(sources.reduce(read_pixels(record.path)), drawn))
        np.save(path, np.stack(made))
    return np.load(path, mmap_mode="r")


def _features(
    options: argparse.Namespace, precision: str, views: np.ndarray, path: Path
) -> Features:
    """The features of all untouched views, computed once."""
    if not path.exists():
        extractor = _extractor(options, precision, views, path)
        averages, maps = [], []
        for start in range(0, len(views), _BATCH):
            features = extractor.features(np.array(views[start : start + _BATCH, 0]))
            averages.append(features.mean(axis=(1, 2)))
            maps.append(features[::_MAPS])
        np.savez(path, averages=np.concatenate(averages), maps=np.concatenate(maps))
    with np.load(path) as kept:
        return Features(kept["averages"], kept["maps"])


def _extractor(
    options: argparse.Namespace, precision: str, views: np.ndarray, path: Path
) -> FeatureExtractor:
    size = tuple(options.size)
    if precision != "int8":
        return TensorFlowExtractor(options.weights, options.layer, size, precision=precision)
    order = rng(_SEED, "calibration").permutation(len(views))[:_CALIBRATION]

    def calibration() -> Iterator[np.ndarray]:
        for start in range(0, _CALIBRATION, _BATCH):
            some = enumerate(order[start : start + _BATCH])
            yield np.stack([views[chosen, index % 2] for index, chosen in some])

    model = quantise(read_network(options.weights, options.layer), size, calibration())
    openvino_runtime.write_model(model, path.with_suffix(".xml"))
    return OpenVinoExtractor(path.with_suffix(".xml"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, required=True, help="real mammograms")
    parser.add_argument("--weights", type=Path, required=True, help="Inception V3's checkpoint")
    parser.add_argument("--work", type=Path, required=True, help="where features are kept")
    parser.add_argument("--layer", default="mixed8")
    parser.add_argument("--size", type=int, nargs=2, default=[299, 299], help="rows, columns")
    parser.add_argument("--deals", type=int, default=5, help="ways to split patients into folds")
    parser.add_argument("--bootstrap", type=int, default=1000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
