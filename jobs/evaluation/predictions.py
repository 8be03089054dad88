"""predictions.csv: what each model said of each image, read strictly and checked across models."""

import csv
import io
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from jobs.common.errors import DataError
from jobs.config.names import ALL, BEST, LAST, TEST, VALIDATION


@dataclass(frozen=True)
class Prediction:
    """One row: a model's probability, in [0, 1], that an untouched image (view 0) is sick.

    `model` is fold<k> or all; `weights` is best (by validation) or last (epoch); `split` is what
    the image was to that model, validation or test; `density` is 1 to 4, or None.
    """

    model: str
    weights: str
    split: str
    image_id: str
    patient: str
    side: str
    view: str
    birads: str
    density: int | None
    sick: bool
    probability: float


COLUMNS = tuple(field.name for field in fields(Prediction))
T = TypeVar("T")


def read_predictions(path: Path) -> tuple[Prediction, ...]:
    """The rows of a predictions.csv in the file's order.

    Raises:
        DataError: the file is not UTF-8, its header is another, a value breaks its column's rule,
            or a model's prediction of an image stands twice; names file and line.
    """
    try:
        reader = csv.reader(path.read_text(encoding="utf-8").splitlines(), strict=True)
        lines = [(reader.line_num, cells) for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a csv in UTF-8 ({error}); {_AGAIN}") from error
    header = ",".join(lines[0][1]) if lines else ""
    if header != ",".join(COLUMNS):
        raise DataError(f"{path}:1: the header must be {','.join(COLUMNS)}; got {header!r}")
    seen: dict[tuple[str, ...], int] = {}
    rows = []
    for line, cells in lines[1:]:
        row = _row(cells, f"{path}:{line}")
        place = seen.setdefault((row.model, row.weights, row.split, row.image_id), line)
        if place != line:
            raise DataError(f"{path}:{line}: image {row.image_id} stands in line {place} already")
        rows.append(row)
    return tuple(rows)


def to_csv(rows: Iterable[Prediction]) -> bytes:
    """The rows as `read_predictions` reads them: UTF-8, LF, probabilities by repr."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        values = {**row.__dict__, "sick": int(row.sick), "probability": repr(row.probability)}
        writer.writerow(["" if values[name] is None else values[name] for name in COLUMNS])
    return text.getvalue().encode()


def select(
    rows: Iterable[Prediction], *, weights: str, split: str, model: str | None = None
) -> tuple[Prediction, ...]:
    """The rows of these weights on this split, of one model or of all, in their order."""
    return tuple(
        row
        for row in rows
        if row.weights == weights and row.split == split and model in (None, row.model)
    )


def check_predictions(rows: Sequence[Prediction], models: Sequence[str]) -> None:
    """Checks what no file shows alone: that the models' predictions belong to one study.

    Args:
        rows: of all models.
        models: the study's models, fold0, fold1, ..., all.

    Raises:
        DataError: an image is described in two ways; a patient is in two splits; a model's
            predictions are missing; models were tested on different images; a split lacks sick or
            healthy patients.
    """
    _check_descriptions(rows)
    _check_patients(rows)
    tested: set[str] = set()
    for model in models:
        for weights, split in expected(model):
            part = select(rows, weights=weights, split=split, model=model)
            _check_part(part, f"{model}'s {split} predictions with its {weights} weights")
            if split == TEST:
                images = {row.image_id for row in part}
                tested = tested or images
                if images != tested:
                    raise DataError(
                        f"{model} was tested on other images than {models[0]}; {_AGAIN}"
                    )


def weights_on_test(model: str) -> str:
    """The weights of a model's test figures: `all` has no validation fold to choose the best on."""
    return LAST if model == ALL else BEST


def expected(model: str) -> tuple[tuple[str, str], ...]:
    """The (weights, split) that figures are made from, and a model's predictions must cover."""
    test = (weights_on_test(model), TEST)
    return (test,) if model == ALL else ((LAST, VALIDATION), test)


_AGAIN = "remove the models' folders in the run, then run mammo train again"
_HEX16 = re.compile(r"[0-9a-f]{16}")


def _row(cells: list[str], where: str) -> Prediction:
    if len(cells) != len(COLUMNS):
        raise DataError(f"{where}: must have {len(COLUMNS)} values; got {len(cells)}")
    values: dict[str, Any] = {}
    for name, text in zip(COLUMNS, cells, strict=True):
        parse, rule = _RULES[name]
        try:
            values[name] = parse(text)
        except (ValueError, KeyError) as error:
            got = "another" if name == "patient" else repr(text)  # no patient in a message
            raise DataError(f"{where}: {name} must be {rule}; got {got}") from error
    return Prediction(**values)


def _matching(pattern: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(text)
        return text

    return parse


def _probability(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and 0 <= value <= 1):
        raise ValueError(text)
    return value


_RULES: dict[str, tuple[Callable[[str], Any], str]] = {
    "model": (_matching(r"fold\d+|all"), "fold<k> or all"),
    "weights": (_matching("best|last"), "best or last"),
    "split": (_matching("validation|test"), "validation or test"),
    "image_id": (_matching(r"\d+"), "digits"),
    "patient": (_matching(_HEX16.pattern), "16 hex digits"),
    "side": (_matching("[LR]"), "L or R"),
    "view": (_matching("CC|MLO|FB"), "CC, MLO or FB"),
    "birads": (_matching("[0-6]|4[abc]"), "one of 0..6, 4a, 4b, 4c"),
    "density": ({"": None, "1": 1, "2": 2, "3": 3, "4": 4}.__getitem__, "1 to 4 or blank"),
    "sick": ({"0": False, "1": True}.__getitem__, "0 or 1"),
    "probability": (_probability, "a number from 0 to 1"),
}


def _check_descriptions(rows: Iterable[Prediction]) -> None:
    seen: dict[str, tuple[object, ...]] = {}
    for row in rows:
        facts = (row.patient, row.side, row.view, row.birads, row.density, row.sick)
        if seen.setdefault(row.image_id, facts) != facts:
            raise DataError(
                f"image {row.image_id} is described in two ways by the models; {_AGAIN}"
            )


def _check_patients(rows: Iterable[Prediction]) -> None:
    """A patient is in the test set, or validates exactly one fold."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    images: dict[str, str] = {}
    for row in rows:
        places[row.patient].add(TEST if row.split == TEST else row.model)
        images[row.patient] = row.image_id
    for patient, where in places.items():
        if len(where) > 1:
            raise DataError(
                f"the patient of image {images[patient]} is in {' and '.join(sorted(where))}: "
                f"splits must not share patients; {_AGAIN}"
            )


def _check_part(part: Sequence[Prediction], what: str) -> None:
    if not part:
        raise DataError(f"{what} are missing; {_AGAIN}")
    everyone = {row.patient for row in part}
    sick = {row.patient for row in part if row.sick}
    for who, count in (("sick", len(sick)), ("healthy", len(everyone - sick))):
        if not count:
            raise DataError(
                f"{what} hold no {who} patient: no figure can be made; "
                "set data.folds lower or data.test higher, and name a new --run"
            )
