"""a run and labelled cases -> its calibration to a site. Writes runs/<run>/recalibrations/<key>/.

Temperature and shift are fitted on cases of another site (CASES.csv), or, without them, on the
run's own validation folds. The page says what probabilities are worth there before and after.
"""

import argparse
import functools
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from jobs.artifacts.layout import PREDICTIONS
from jobs.artifacts.plan import ArtifactPlan, carry_out
from jobs.artifacts.publish import Draft
from jobs.artifacts.recipe import Recipe
from jobs.artifacts.run import Run, open_run
from jobs.common.arguments import add_root, add_run
from jobs.common.circumstances import hidden_path
from jobs.common.errors import UsageError
from jobs.common.progress import Watch
from jobs.evaluation.site_cases import SiteCases

FORMAT = 2
CALIBRATION, PAGE = "calibration.json", "recalibration.html"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """CASES.csv and --prevalence; the study is the run's own study.yaml."""
    parser.add_argument(
        "cases",
        type=hidden_path,
        nargs="?",
        metavar="CASES.csv",
        help="predictions.csv of mammo predict, with a column truth (default: the run's own "
        "predictions of its validation folds)",
    )
    add_root(parser)
    add_run(parser)
    parser.add_argument(
        "--prevalence",
        type=share,
        metavar="SHARE",
        help="the share of exams of sick people where the model is used, from 0 to 1, if it is "
        "another than among the cases; the odds of breasts and images change by the same factor "
        "(default: that of the cases)",
    )


def run(options: argparse.Namespace, watch: Watch) -> None:
    """Fits the calibration, unless it is there, and prints it.

    Raises:
        MissingInputError: the run has no figures yet; names the command that makes them.
        DataError: the cases are no such table, or are all of one class.
    """
    there = open_run(options.root, options.run)
    evaluation = there.require_evaluation(there.require_models())
    configuration = {"prevalence": options.prevalence, "seed": there.study.seed}
    configuration["bootstrap"] = there.study.evaluate.bootstrap
    inputs = {"evaluation": evaluation.key}
    if options.cases:
        inputs["cases"] = hashlib.sha256(_read(options.cases)).hexdigest()
    recipe = Recipe("recalibrate", inputs, configuration, FORMAT)
    folder = there.folder.recalibration(recipe.key)
    fill = functools.partial(_fill, there, evaluation.key, options.cases, options.prevalence)
    carry_out(ArtifactPlan(folder, recipe, fill), watch)
    _print(folder)


def share(text: str) -> float:
    """Checks a share: more than 0 and less than 1.

    Raises:
        UsageError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 < value < 1:
        raise UsageError(f"--prevalence must be more than 0 and less than 1; got {text!r}")
    return value


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise UsageError(f"{path} is no file: give a csv of cases with their truth")
    return path.read_bytes()


def _fill(
    run: Run,
    evaluation: str,
    cases: Path | None,
    prevalence: float | None,
    draft: Draft,
    watch: Watch,
) -> None:
    from jobs.evaluation.site_cases import read_site_cases
    from jobs.evaluation.site_figures import compute_site_figures
    from jobs.report.recalibration_page import render_page

    found = read_site_cases(cases) if cases else _own_cases(run)
    evaluate = run.study.evaluate
    figures = {
        "format": FORMAT,
        "run": run.folder.name,
        "evaluation": evaluation,
        "cases": "another site" if cases else "validation folds",
        "prevalence": prevalence,
        "unlabelled": found.unlabelled,
        **compute_site_figures(
            found, prevalence, replicates=evaluate.bootstrap, seed=run.study.seed, watch=watch
        ),
    }
    text = json.dumps(figures, indent=1, allow_nan=False)
    (draft.folder / CALIBRATION).write_text(f"{text}\n", encoding="utf-8")
    (draft.folder / PAGE).write_text(render_page(figures), encoding="utf-8")


def _own_cases(run: Run) -> SiteCases:
    """The run's predictions of its validation folds, in the context of its figures."""
    from jobs.config.names import LAST, VALIDATION
    from jobs.evaluation.contexts import score_contexts
    from jobs.evaluation.levels import LEVELS, at_level
    from jobs.evaluation.predictions import read_predictions, select

    rows = read_predictions(run.folder.evaluation.folder / PREDICTIONS)
    evaluate = run.study.evaluate
    scores = score_contexts(rows, run.study.models(), evaluate.context, evaluate.temperature)[-1]
    held_out = select(scores.rows, weights=LAST, split=VALIDATION)
    return SiteCases({level: at_level(held_out, level) for level in LEVELS}, 0)


def _print(folder: Path) -> None:
    from jobs.evaluation.summary import results_console

    found: dict[str, Any] = json.loads((folder / CALIBRATION).read_text(encoding="utf-8"))
    console = results_console()
    for level, each in found["levels"].items():
        before, after = each["before"]["figures"], each["after"]["figures"]
        fitted = each["fit"]["shift"]["value"]
        counts = f"{each['cases']} cases of {each['patients']} people, {each['sick']} sick"
        console.print(
            f"per {level}: {counts}; "
            f"temperature {each['calibration']['temperature']:.3f}, shift "
            f"{each['calibration']['shift']:+.3f}; Brier score {before['brier']['value']:.3f} -> "
            f"{after['brier']['value']:.3f} at the fitted shift {fitted:+.3f}"
        )
    sys.stdout.write(f"page: {folder / PAGE}\n")
