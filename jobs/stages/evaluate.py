"""predictions -> figures. Reads runs/<run>/<model>/ of all; writes runs/<run>/evaluation/.

Of the dataset it reads the manifest alone, which says what the release was; without it the figures
lack the findings, and what was left out.
"""

import argparse
import functools
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.artifacts.layout import HISTORY, METRICS, PREDICTIONS, scores_file
from jobs.artifacts.manifest import Manifest, read_manifest
from jobs.artifacts.plan import ArtifactPlan
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe, canonical_json
from jobs.artifacts.run import EVALUATION_FORMAT, Run, open_run
from jobs.common.arguments import add_root, add_run, add_wait
from jobs.common.progress import Watch
from jobs.config.study import Study, plain
from jobs.evaluation.cautions import INFLATED, INFLATED_BY_DESIGN
from jobs.evaluation.checks import check_predictions
from jobs.evaluation.history import History, read_history
from jobs.evaluation.predictions import Prediction, read_predictions, to_csv

_RELEASE_NOTES = ("synthetic", "release", "left_out", "findings")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of `mammo evaluate`; the study is the run's own study.yaml."""
    add_root(parser)
    add_run(parser)
    add_wait(parser)


def plan(options: argparse.Namespace, watch: Watch) -> ArtifactPlan:
    """The figures of a run, from its models' predictions alone."""
    run = open_run(options.root, options.run)
    models = run.require_models()
    notes = _release_notes(run, models)
    configuration = {
        "seed": run.study.seed,
        "evaluate": plain(run.study.evaluate),
        "release": _notes_key(run, notes),
    }
    inputs = {model: manifest.key for model, manifest in models.items()}
    recipe = Recipe("evaluate", inputs, configuration, EVALUATION_FORMAT)
    fill = functools.partial(_fill, run, notes or {})
    return ArtifactPlan(run.folder.evaluation.folder, recipe, fill)


def _release_notes(run: Run, models: Mapping[str, Manifest]) -> Mapping[str, Any] | None:
    """What the models' dataset says of its release; None where it is no longer under the root."""
    dataset = read_manifest(run.root.dataset.folder)
    known = dataset and all(model.inputs.get("dataset") == dataset.key for model in models.values())
    if not dataset or not known:
        return None
    return {name: dataset.notes[name] for name in _RELEASE_NOTES if name in dataset.notes}


def _notes_key(run: Run, notes: Mapping[str, Any] | None) -> str | None:
    """The notes' sha256; where there are none any more, that of the figures that are there."""
    if notes is not None:
        return hashlib.sha256(canonical_json(notes).encode()).hexdigest()
    made = read_manifest(run.folder.evaluation.folder)
    return made.configuration.get("release") if made else None


def _fill(run: Run, notes: Mapping[str, Any], draft: Draft, watch: Watch) -> None:
    models = run.study.models()
    folders = {model: run.folder.model(model).folder for model in models}
    rows = [row for each in folders.values() for row in read_predictions(each / PREDICTIONS)]
    check_predictions(rows, models)
    histories = {model: read_history(each / HISTORY) for model, each in folders.items()}
    for name, content in _files(rows, histories, notes, run.study, watch):
        (draft.folder / name).write_bytes(content)
    if run.study.data.augment_first:
        draft.notes[INFLATED] = INFLATED_BY_DESIGN


def _files(
    rows: Sequence[Prediction],
    histories: Mapping[str, History],
    notes: Mapping[str, Any],
    study: Study,
    watch: Watch,
) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the evaluation's files."""
    from jobs.evaluation.contexts import score_contexts
    from jobs.evaluation.rows import CONTEXTS, NONE
    from jobs.evaluation.study_metrics import compute_study_metrics
    from jobs.plots.figures import make_figures
    from jobs.plots.svg import to_svg

    yield PREDICTIONS, to_csv(rows)
    evaluate, models = study.evaluate, study.models()
    *_, shown = contexts = score_contexts(rows, models, evaluate.context, evaluate.temperature)
    for each in contexts:
        if each.context != NONE:
            yield scores_file(each.context), to_csv(each.rows)
    metrics = compute_study_metrics(
        rows,
        models,
        seed=study.seed,
        replicates=evaluate.bootstrap,
        context=evaluate.context,
        temperature=evaluate.temperature,
        histories=histories,
        notes=notes,
        augment_first=study.data.augment_first,
        select_projection=study.views.select != "all",
        watch=watch,
    )
    yield METRICS, _json(metrics)
    for name, figure in make_figures(shown.rows, models, metrics).items():
        plain = name == "flow" or shown.context == NONE
        note = "" if plain else f"scores {CONTEXTS[shown.context]}"
        yield f"{name}.svg", to_svg(figure, name, note).encode()


def _json(value: object) -> bytes:
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    return f"{text}\n".encode()
