"""predictions.csv: each model's probability for each image, read strictly."""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from jobs.common.errors import DataError
from jobs.config.names import ALL, BEST, LAST, TEST

AGAIN = "remove the models' folders in the run, then run mammo train again"
"""What to do if the predictions of a run cannot be used."""


@dataclass(frozen=True)
class Prediction:
    """A row of predictions.csv: a model's probability that an untouched image (view 0) is sick.

    Attributes:
        model: fold<k>, or all for the model that was trained on all folds.
        weights: best (the epoch with the largest validation AUC) or last (epoch).
        split: what the image was to that model: validation or test.
        image_id: INbreast's number of the image.
        patient: 16 hex digits.
        side: L or R.
        view: the projection: CC, MLO or FB.
        birads: 0 to 6, 4a, 4b or 4c.
        density: ACR's category, 1 to 4; None if unknown.
        sick: the label that the study made of the category.
        probability: from 0 to 1.
        calcifications: the logit of the branch for calcifications; None without that branch.

    Examples:
        >>> from jobs.evaluation import Prediction
        >>> row = Prediction(
        ...     model="all",
        ...     weights="last",
        ...     split="test",
        ...     image_id="20586908",
        ...     patient="6c613a14b80a8591",
        ...     side="L",
        ...     view="CC",
        ...     birads="4a",
        ...     density=3,
        ...     sick=True,
        ...     probability=0.81,
        ... )
        >>> row.sick, row.probability, row.dataset_split
        (True, 0.81, 'test')
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
    calcifications: float | None = None

    @property
    def dataset_split(self) -> str:
        """The split of the dataset that the image is in: fold<k> or test."""
        return TEST if self.split == TEST else self.model


WITH_BRANCH = tuple(field.name for field in fields(Prediction))
"""The columns where the study has a branch for calcifications: theirs is the last one."""

COLUMNS = WITH_BRANCH[:-1]
"""The columns of other studies."""

T = TypeVar("T")


def read_predictions(path: Path) -> tuple[Prediction, ...]:
    """The rows of a predictions.csv, in the file's order.

    Raises:
        DataError: the file is not a CSV in UTF-8, its header is wrong, a value breaks its column's
            rule, or a model predicts an image twice; names file and line.

    Examples:
        >>> from pathlib import Path
        >>> from tempfile import TemporaryDirectory
        >>> from jobs.evaluation import Prediction, read_predictions, to_csv
        >>> row = Prediction(
        ...     "all", "last", "test", "20586908", "0123456789abcdef", "L", "CC", "4a", 3, True, 0.8
        ... )
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "predictions.csv"
        ...     _ = path.write_bytes(to_csv([row]))
        ...     read_predictions(path) == (row,)
        True
    """
    try:
        reader = csv.reader(path.read_text(encoding="utf-8").splitlines(), strict=True)
        lines = [(reader.line_num, cells) for cells in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a csv in UTF-8 ({error}); {AGAIN}") from error
    columns = tuple(lines[0][1]) if lines else ()
    if columns not in (COLUMNS, WITH_BRANCH):
        rule = f"{','.join(COLUMNS)} and perhaps {WITH_BRANCH[-1]}"
        raise DataError(f"{path}:1: the header must be {rule}; got {','.join(columns)!r}; {AGAIN}")
    seen: dict[tuple[str, ...], int] = {}
    rows = []
    for line, cells in lines[1:]:
        row = _row(columns, cells, f"{path}:{line}")
        first = seen.setdefault((row.model, row.weights, row.split, row.image_id), line)
        if first != line:
            raise DataError(f"{path}:{line}: image {row.image_id} is already on line {first}")
        rows.append(row)
    return tuple(rows)


def to_csv(rows: Iterable[Prediction]) -> bytes:
    """The rows as `read_predictions` reads them: UTF-8, LF, numbers with all their digits.

    Examples:
        >>> from jobs.evaluation import Prediction, to_csv
        >>> row = Prediction(
        ...     "all", "last", "test", "20586908", "0123456789abcdef", "L", "CC", "4a", 3, True, 0.8
        ... )
        >>> print(to_csv([row]).decode())
        model,weights,split,image_id,patient,side,view,birads,density,sick,probability
        all,last,test,20586908,0123456789abcdef,L,CC,4a,3,1,0.8
        <BLANKLINE>
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    rows = tuple(rows)
    branch = any(row.calcifications is not None for row in rows)
    columns = WITH_BRANCH if branch else COLUMNS
    writer.writerow(columns)
    for row in rows:
        values = {**row.__dict__, "sick": int(row.sick)}  # a float's text has all its digits
        writer.writerow(["" if values[name] is None else values[name] for name in columns])
    return text.getvalue().encode()


def select(
    rows: Iterable[Prediction], *, weights: str, split: str, model: str | None = None
) -> tuple[Prediction, ...]:
    """The rows of some weights on one split, of one model or of all models, in their order.

    Examples:
        >>> from jobs.evaluation import Prediction, select
        >>> rows = [
        ...     Prediction(
        ...         "fold0", weights, "test", "20586908", "0" * 16, "L", "CC", "2", 3, False, 0.3
        ...     )
        ...     for weights in ("best", "last")
        ... ]
        >>> [row.weights for row in select(rows, model="fold0", weights="best", split="test")]
        ['best']
    """
    return tuple(
        row
        for row in rows
        if row.weights == weights and row.split == split and model in (None, row.model)
    )


def weights_on_test(model: str) -> str:
    """The weights of a model's test metrics: `all` has no validation fold to choose the best by."""
    return LAST if model == ALL else BEST


_HEX16 = re.compile(r"[0-9a-f]{16}")


def _row(columns: tuple[str, ...], cells: list[str], where: str) -> Prediction:
    if len(cells) != len(columns):
        raise DataError(f"{where}: must have {len(columns)} values; got {len(cells)}")
    values: dict[str, Any] = {}
    for name, text in zip(columns, cells, strict=True):
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
    if not 0 <= value <= 1:
        raise ValueError(text)
    return value


def _logit(text: str) -> float | None:
    if not text:
        return None
    value = float(text)
    if not math.isfinite(value):
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
    "calcifications": (_logit, "a finite number or blank"),
}
