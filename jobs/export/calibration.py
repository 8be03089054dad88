"""calibration.json: how the logits of an export become a call, for programs other than mammo."""

from collections.abc import Mapping, Sequence
from typing import Any

from jobs.config.names import TEST
from jobs.evaluation.levels import LEVELS
from jobs.evaluation.rows import NONE, levels_in, list_contexts


def describe_calibration(metrics: Mapping[str, Any], models: Sequence[str]) -> dict[str, Any]:
    """What was fitted on validation folds, for images that are not of the study.

    Args:
        metrics: what metrics.json holds.
        models: in the order of the graphs' output.

    Returns:
        `models`; `temperature` by model, which a logit is divided by, 1 where none was fitted; the
        `context` that figures and thresholds are of, with its `regressions`; and the `thresholds`
        by level and model: a case is called sick if its probability is at least this.
    """
    context = list_contexts(metrics)[0]
    levels = levels_in(metrics, context)
    temperature = metrics.get("temperature", {}).get(TEST, {}) if context == NONE else {}
    return {
        "models": list(models),
        "temperature": {model: temperature.get(model, 1.0) for model in models},
        "context": context,
        "regressions": metrics[context]["weights"][TEST]["regressions"] if context != NONE else {},
        "thresholds": {
            level: {model: levels[level][TEST][model]["threshold"]["value"] for model in models}
            for level in LEVELS
        },
        "threshold_rule": metrics["threshold_rule"],
    }
