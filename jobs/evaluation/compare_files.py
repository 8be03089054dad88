"""Where the files of two runs differ, and how far their numbers are apart."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

from jobs.artifacts.layout import HISTORY, METRICS, PREDICTIONS, weights_file
from jobs.config.names import BEST, LAST
from jobs.evaluation.history import COLUMNS
from jobs.evaluation.number_gaps import Column, Gap, always, columns_of, measure
from jobs.evaluation.partial_run import EVALUATION, PartialRun
from jobs.evaluation.predictions import Prediction

_AUC = ".figures.auc.value"


@dataclass(frozen=True)
class Difference:
    """One respect in which two runs differ.

    Attributes:
        text: how; the same for all artifacts that differ alike.
        artifact: which artifact, or which part of one, does; empty where it is the whole run.
        rounding: whether only the last digits of numbers differ.
    """

    text: str
    artifact: str = ""
    rounding: bool = False


@dataclass(frozen=True)
class FileGap:
    """How far the numbers of one file of an artifact are apart in two runs."""

    file: str
    artifact: str
    gap: Gap


@dataclass(frozen=True)
class ComparedFile:
    """One file in two runs: how far its numbers are apart, and how it differs, if it does."""

    measured: FileGap
    differences: tuple[Difference, ...]


def compare_weights(a: PartialRun, b: PartialRun, model: str) -> Iterator[ComparedFile]:
    """A model's best and last weights. Files that have the same hash are not read."""
    for kind in (BEST, LAST):
        name = weights_file(kind)
        folders = [each.locate(model).folder for each in (a, b)]
        hashes = [each.made[model].files.get(name) for each in (a, b)]
        if hashes[0] == hashes[1]:
            continue
        if None in hashes:
            gap, others = Gap(), [f"{name} is in only one run"]
        else:
            gap, others = _measure_weights(*(folder / name for folder in folders))
        yield _compared(name, model, gap, others, changed=True)


def _measure_weights(a: Path, b: Path) -> tuple[Gap, list[str]]:
    in_a, in_b = map(_read_weights, (a, b))
    shapes = [{name: each.shape for name, each in arrays.items()} for arrays in (in_a, in_b)]
    if shapes[0] != shapes[1]:
        return Gap(), [f"{a.name} has other layers"]
    columns = (Column(in_a[name].ravel(), in_b[name].ravel(), always(name)) for name in in_a)
    return measure(columns), []


def _read_weights(path: Path) -> dict[str, Any]:
    """The arrays of a Keras file of weights by their names in it."""
    import h5py

    found = {}

    def note(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item[()]

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def compare_history(a: PartialRun, b: PartialRun, model: str) -> ComparedFile:
    """A model's losses and validation figures at every step."""
    rows = [[line.split(",") for line in each.history(model)[1:]] for each in (a, b)]
    pairs = enumerate(zip_longest(*rows), 1)
    first = next((step for step, (in_a, in_b) in pairs if in_a != in_b), None)
    counts = [len(each) for each in rows]
    others = [] if counts[0] == counts[1] else [f"{HISTORY} has {counts[0]} | {counts[1]} steps"]
    gap = measure(_history_column(rows[0], rows[1], index) for index in range(2, len(COLUMNS)))
    return _compared(HISTORY, model, gap, others, first is not None, f" from step {first} on")


def _history_column(a: list[list[str]], b: list[list[str]], index: int) -> Column:
    rows = [(x, y) for x, y in zip(a, b, strict=False) if x[index] and y[index]]
    in_a, in_b = (np.array([float(row[i][index]) for row in rows]) for i in (0, 1))
    return Column(in_a, in_b, lambda row: f"{COLUMNS[index]}, step {rows[row][0][0]}")


def compare_predictions(a: PartialRun, b: PartialRun, model: str) -> ComparedFile:
    """A model's scores; what is known of the images, `compare_runs` compares."""
    in_a, in_b = (
        {(row.weights, row.split, row.image_id): row for row in rows}
        for rows in (a.predictions(model), b.predictions(model))
    )
    alone = in_a.keys() ^ in_b.keys()
    others = [f"{len(alone)} predictions are in only one run"] if alone else []
    both = [(in_a[key], in_b[key]) for key in in_a if key in in_b]
    scored = [pair for pair in both if None not in (each.calcifications for each in pair)]
    columns = [
        _prediction_column(both, lambda row: row.probability),
        _prediction_column(scored, lambda row: row.calcifications),
    ]
    return _compared(PREDICTIONS, model, measure(columns), others, changed=False)


def _prediction_column(
    pairs: Sequence[tuple[Prediction, Prediction]], number: Callable[[Prediction], Any]
) -> Column:
    in_a, in_b = (np.array([number(pair[i]) for pair in pairs], np.float64) for i in (0, 1))

    def name(index: int) -> str:
        row = pairs[index][0]
        return f"image {row.image_id}, {row.split}, {row.weights} weights"

    return Column(in_a, in_b, name)


def compare_metrics(a: PartialRun, b: PartialRun) -> ComparedFile:
    """All values of metrics.json, and each AUC that differs by more than rounding."""
    in_a, in_b = a.metrics, b.metrics
    columns = columns_of(in_a, in_b)
    numbers = {column.name(0): column for column in columns}
    names = [*in_a, *(name for name in in_b if name not in in_a)]
    others = [name for name in names if name not in numbers and in_a.get(name) != in_b.get(name)]
    texts = [f"{METRICS} has {len(others)} other entries that are no numbers"] if others else []
    found = _compared(METRICS, EVALUATION, measure(columns), texts, changed=in_a != in_b)
    aucs = [name for name in numbers if name.endswith(_AUC) and measure([numbers[name]]).beyond]
    lines = (
        Difference(f"AUC {in_a[name]:.4f} | {in_b[name]:.4f}", name.removesuffix(_AUC))
        for name in aucs
    )
    return ComparedFile(found.measured, (*found.differences, *lines))


def _compared(
    file: str, artifact: str, gap: Gap, others: list[str], changed: bool, since: str = ""
) -> ComparedFile:
    """What is said of a file.

    Args:
        others: how it differs in more than its numbers.
        changed: whether anything in it is not the same.
        since: the place from which on its numbers differ.
    """
    lines = [Difference(text, artifact) for text in others]
    if gap.different:
        by = "" if gap.beyond else " by rounding"
        lines.append(Difference(f"{file} differs{by}{since}", artifact, not gap.beyond))
    elif changed and not others:
        text = f"{file} has the same numbers in other bytes"
        lines.append(Difference(text, artifact, rounding=True))
    return ComparedFile(FileGap(file, artifact, gap), tuple(lines))
