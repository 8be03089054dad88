"""What came of a search: search.json, trials.csv, the best setting as a study.yaml, the page."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from jobs.artifacts.layout import SearchFolder
from jobs.common.atomic_write import write_atomically
from jobs.common.errors import ConfigError
from jobs.config.difference import list_changes
from jobs.config.study import Study, dump_study, plain
from jobs.data.dataset import Dataset
from jobs.evaluation.cautions import INFLATED_BY_DESIGN
from jobs.search.importance import importances
from jobs.search.journal import REFUSED, SECONDS, VARIANT, WORKER, Journal
from jobs.search.page import render_search
from jobs.search.scores import CHOSEN_ON, NESTED, read_scores, score_search
from jobs.search.space import Space, study_of

BEST_HEAD = """\
# The best of {trials} settings of the search {name}, as a study of its own:
#     mammo study --config {file} --run {name}-best
# It was chosen by its AUC out of fold, {chosen:.3f}, which therefore flatters. Chosen on the
# other folds alone, settings had {nested:.3f}; the test set, by which nothing was chosen, gave
# {test:.3f}.
# On the same folds a study repeats the figure that it was chosen by.
"""


def write_results(
    folder: SearchFolder, base: Study, space: Space, journal: Journal, dataset: Dataset
) -> None:
    """Writes what is known by now; nothing before the first trial is complete.

    search.json comes last: where it is, the rest is.

    Raises:
        ConfigError: no trial was trained to its end, and none is at work.
    """
    complete = [trial for trial in journal.finished if trial.state == TrialState.COMPLETE]
    if not complete:
        if not journal.others_at_work():
            raise _none_complete(folder, journal)
        return
    scores = read_scores(folder.trials, [trial.number for trial in complete])
    found = score_search(base, dataset, scores)
    best = complete[found["best"]]
    document = {
        "name": folder.path.name,
        "space": json.loads(space.to_json()),
        "best": best.number,
        "settings": journal.settings(best),
        "changes": list_changes(plain(base), plain(study_of(base, journal.settings(best)))),
        "nested_choice": [complete[place].number for place in found["nested_choice"]],
        "figures": found["figures"],
        "counts": _counts(journal),
        "trials": [_row(journal, trial) for trial in journal.finished],
        "importance": importances(complete),
    }
    areas = dict(zip((trial.number for trial in complete), found["areas"], strict=True))
    write_atomically(folder.table, _csv(document["trials"], areas))
    page = render_search(document, space.config.trials, _notes(base))
    write_atomically(folder.page, page.encode())
    study = study_of(base, journal.settings(best))
    head = BEST_HEAD.format(
        trials=len(document["trials"]),
        name=folder.path.name,
        file=folder.best.name,
        **{
            name: found["figures"][key]["image"]["value"]
            for name, key in (("chosen", CHOSEN_ON), ("nested", NESTED), ("test", "test"))
        },
    )
    write_atomically(folder.best, (head + dump_study(study)).encode())
    write_atomically(folder.figures, _json(document))


def _none_complete(folder: SearchFolder, journal: Journal) -> ConfigError:
    reasons = [
        trial.user_attrs[REFUSED] for trial in journal.finished if REFUSED in trial.user_attrs
    ]
    first = f"; the first reason: {reasons[0]}" if reasons else ""
    return ConfigError(
        f"{folder.path}: none of {len(journal.finished)} settings was trained to its end, so that "
        f"none is the best{first}: search anew with another --space and --name"
    )


def _notes(base: Study) -> list[dict[str, str]]:
    if not base.data.augment_first:
        return []
    return [{"title": "Inflated by design.", "text": INFLATED_BY_DESIGN}]


def _counts(journal: Journal) -> dict[str, Any]:
    finished = journal.finished
    refused = [trial for trial in finished if REFUSED in trial.user_attrs]
    pruned = [trial for trial in finished if trial.state == TrialState.PRUNED]
    return {
        "finished": len(finished),
        "complete": len(finished) - len(pruned),
        "pruned": len(pruned) - len(refused),
        "refused": len(refused),
        "begun_again": sum(trial.state == TrialState.FAIL for trial in journal.trials),
        "workers": len({trial.user_attrs.get(WORKER) for trial in finished}),
        "cpu_seconds": round(sum(trial.user_attrs.get(SECONDS, 0) for trial in finished), 1),
    }


def _row(journal: Journal, trial: FrozenTrial) -> dict[str, Any]:
    refused = trial.user_attrs.get(REFUSED, "")
    pruned = trial.state == TrialState.PRUNED
    return {
        "number": trial.number,
        "state": "refused" if refused else "pruned" if pruned else "complete",
        "value": trial.value,
        "reason": refused,
        "variant": trial.params.get(VARIANT, ""),
        "worker": trial.user_attrs.get(WORKER),
        "cpu_seconds": round(trial.user_attrs.get(SECONDS, 0), 2),
        "settings": journal.settings(trial),
    }


def _csv(rows: Sequence[Mapping[str, Any]], areas: Mapping[int, Sequence[float]]) -> bytes:
    text = io.StringIO()
    keys = sorted({key for row in rows for key in row["settings"]})
    folds = len(next(iter(areas.values())))
    plain_keys = [key for key in rows[0] if key != "settings"]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*plain_keys, *(f"fold{k}" for k in range(folds)), *keys])
    for row in rows:
        own = [row[key] for key in plain_keys]
        of_folds = [f"{area:.4f}" for area in areas.get(row["number"], [])] or [""] * folds
        writer.writerow([*own, *of_folds, *(row["settings"].get(key, "") for key in keys)])
    return text.getvalue().encode()


def _json(value: object) -> bytes:
    return f"{json.dumps(value, indent=1, sort_keys=True, allow_nan=False)}\n".encode()
