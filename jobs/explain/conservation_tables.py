"""What became of the logits of all explained images, as tables: `mammo explain --conservation`."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from jobs.explain.conservation import RULES, Conservation, measure_conservation
from jobs.explain.finished import Finished
from jobs.explain.subjects import read_subjects
from jobs.explain.target import ExplainedModel

IMAGES, LAYERS = "conservation.csv", "conservation_layers.csv"


def make_conservation(finished: Finished) -> Iterator[tuple[str, bytes]]:
    """Of each image and method, and of each layer: the files' names and contents."""
    study, request = finished.run.study, finished.request
    options = request.options
    rules = {name: RULES[name](options.get(name, {})) for name in RULES if name in request.methods}
    found: dict[tuple[str, str], Conservation] = {}
    target = None
    subjects = read_subjects(study, finished.dataset, request.images)
    for done, subject in enumerate(subjects, start=1):
        target = target or ExplainedModel.of(finished.model, subject.breast)
        own = target.at(subject.breast, study.head.top)
        for name, chosen in rules.items():
            measured = measure_conservation(own, subject.view, chosen)
            found[subject.image.image_id, name] = measured
        finished.watch("explain: conservation", done, len(request.images))
    if found:
        yield IMAGES, images_csv(found)
        yield LAYERS, layers_csv(found)


def images_csv(found: Mapping[tuple[str, str], Conservation]) -> bytes:
    """A row for each image and method: a layer's largest error, and what arrived at the view."""
    rows = [
        (image_id, method, f"{each.error:.2g}", int(each.holds), f"{each.arrived:.6g}")
        for (image_id, method), each in found.items()
    ]
    return _csv(("image_id", "method", "error", "holds", "arrived"), rows)


def layers_csv(found: Mapping[tuple[str, str], Conservation]) -> bytes:
    """A row for each method and layer: the mean share of the logit that stayed with it."""
    rows = []
    for method in dict.fromkeys(method for _, method in found):
        own = [each for (_, name), each in found.items() if name == method]
        for layer in own[0].kept:
            mean = sum(each.kept[layer] for each in own) / len(own)
            rows.append((method, layer, f"{mean:.6g}"))
    return _csv(("method", "layer", "kept"), rows)


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerows([header, *rows])
    return text.getvalue().encode()
