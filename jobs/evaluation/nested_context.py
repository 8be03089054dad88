"""The exam's gain without any flattery: weights from models that never saw the held-out fold.

In `contexts` the weights for fold k are fitted on the other folds' out-of-fold scores, and the
models that gave those were trained on fold k. Here fold j's scores come from a model that was
trained without both j and k.
"""

from collections.abc import Mapping, Sequence

from jobs.evaluation.contexts import fit_on, in_context
from jobs.evaluation.predictions import Prediction

Pairs = Mapping[tuple[str, str], Sequence[Prediction]]


def nested_context(
    held_out: Mapping[str, Sequence[Prediction]], pairs: Pairs, context: str
) -> tuple[Prediction, ...]:
    """The out-of-fold predictions in a context, whose weights never saw their fold.

    Args:
        held_out: each fold model's predictions of its own fold, by the fold's name.
        pairs: by (j, k): predictions of fold j's images by a model that was trained without the
            folds j and k. So one such model gives (j, k) and (k, j).
        context: branch or exam.

    Raises:
        ValueError: a pair of folds is missing, or its predictions are of other images.
    """
    found: list[Prediction] = []
    for fold, rows in held_out.items():
        others = {other: _pair(pairs, held_out, other, fold) for other in held_out if other != fold}
        found += in_context(rows, fit_on(others, context).weights)
    return tuple(found)


def _pair(
    pairs: Pairs, held_out: Mapping[str, Sequence[Prediction]], scored: str, fold: str
) -> Sequence[Prediction]:
    rows = pairs.get((scored, fold), ())
    expected = {row.image_id for row in held_out[scored]}
    if {row.image_id for row in rows} != expected:
        raise ValueError(f"the model without {scored} and {fold} must score all images of {scored}")
    return rows
