"""What is left of the logit when a view shows only what excites a unit, image by image: a table."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from jobs.explain.finished import Finished
from jobs.explain.image_masking import METHOD, Masked, mask_by_units
from jobs.explain.subjects import read_subjects
from jobs.explain.target import ExplainedModel

TABLE = "masked_units.csv"
_HEADINGS = ("image_id", "logit", "node", "channel", "strength", "shown", "left")


def make_masked_units(finished: Finished) -> Iterator[tuple[str, bytes]]:
    """The table: a row for each image and unit.

    `strength` is what the unit adds to the logit, to first order; `shown` is the share of the view
    that its mask leaves, and `left` the logit of that view.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_HEADINGS)
    study, images = finished.run.study, finished.request.images
    target = None
    for number, subject in enumerate(read_subjects(study, finished.dataset, images)):
        target = target or ExplainedModel.of(finished.model, subject.breast)
        own = target.at(subject.breast, study.head.top)
        logit = own.logits(subject.view).item()
        for masked in mask_by_units(own, subject.view, **_options(finished)):
            table.writerow((subject.image.image_id, f"{logit:.4f}", *_row(masked)))
        finished.watch("explain: masked units, images", number + 1, len(images))
    yield TABLE, text.getvalue().encode()


def _options(finished: Finished) -> dict[str, Any]:
    return dict(finished.request.options.get(METHOD.name, {}))


def _row(masked: Masked) -> tuple[str, ...]:
    numbers = (masked.strength, masked.mask.mean(), masked.logit)
    return masked.unit.node, str(masked.unit.channel), *(f"{each:.4f}" for each in numbers)
