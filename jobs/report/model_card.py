"""model_card.md: what a run's models are, for those who did not make them.

Mitchell et al. (2019), Model Cards for Model Reporting, have the sections; two guidelines for
reports of such models have the items at its end (`jobs.report.checklists`).
"""

from collections.abc import Mapping
from typing import Any

from jobs.config.names import ALL, spoken
from jobs.evaluation.levels import LEVELS
from jobs.report.card_facts import list_facts
from jobs.report.checklists import CHECKLISTS
from jobs.report.page import ReportInputs, build_context
from jobs.report.render import render_text


def render_card(inputs: ReportInputs, context: Mapping[str, Any] | None = None) -> str:
    """The card of a run in Markdown.

    Args:
        context: `build_context` of the inputs, where it was built already.
    """
    context = context or build_context(inputs)
    facts = list_facts(inputs, context)
    checklists = []
    for checklist in CHECKLISTS:
        answers = checklist.answers(facts)
        checklists.append(
            {
                "checklist": checklist,
                "answers": answers,
                "filled": sum(bool(answer) for _, answer in answers),
                "blanks": [
                    f"{item.number} ({item.topic})" for item, answer in answers if not answer
                ],
            }
        )
    return render_text(
        {
            **context,
            "facts": facts,
            "checklists": checklists,
            "level_names": LEVELS,
            "subgroups": inputs.metrics["subgroups"],
            "models": [(spoken(name), inputs.models[name]) for name in inputs.models],
            "all_data": ALL,
        },
        "model_card.md.j2",
    )
