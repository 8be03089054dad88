"""What two guidelines ask a report of such a model to say: which items the program can fill in.

CLAIM, the Checklist for Artificial Intelligence in Medical Imaging, 2024 update (Tejani et al.
2024, Radiology: Artificial Intelligence 6:e240300), has 44 items. TRIPOD+AI (Collins et al. 2024,
BMJ 385:e078378) has 27, 52 with their parts. Topics are in words of our own; the guidelines have
the full text. An item names the facts (`jobs.report.card_facts`) that answer it, or is a blank that
a person has to fill in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """An item of a checklist.

    Attributes:
        number: as the guideline counts.
        topic: what is asked for.
        facts: the names of the facts that answer it; none, if only a person can.
    """

    number: str
    topic: str
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checklist:
    """A guideline's items.

    Attributes:
        name, source: of the guideline.
        items: in its order.
    """

    name: str
    source: str
    items: tuple[Item, ...]

    def answers(self, facts: Mapping[str, str]) -> list[tuple[Item, str]]:
        """Each item with its answer; "" where the run does not know it: a blank."""
        return [
            (item, " ".join(facts[name] for name in item.facts if facts.get(name)))
            for item in self.items
        ]


def _items(*lines: str) -> tuple[Item, ...]:
    """Items from lines `number | topic | facts`."""
    found = []
    for line in lines:
        number, topic, facts = (part.strip() for part in line.split("|"))
        found.append(Item(number, topic, tuple(facts.split())))
    return tuple(found)


CLAIM = Checklist(
    "CLAIM 2024",
    "Tejani et al. 2024, Radiology: Artificial Intelligence 6:e240300",
    _items(
        "1 | the kind of AI, in the title | kind",
        "2 | a summary of design, methods, results, conclusions |",
        "3 | background, intended use and role | intended_use",
        "4 | aims and hypotheses |",
        "5 | prospective or retrospective |",
        "6 | the goal of the study | goal",
        "7 | where the data come from | data",
        "8 | who and what was included | eligibility",
        "9 | preprocessing | preprocessing",
        "10 | which part of the data was used | subset",
        "11 | de-identification |",
        "12 | missing data | missing",
        "13 | how the images were acquired |",
        "14 | how the reference standard was obtained | reference",
        "15 | why this reference standard |",
        "16 | who annotated |",
        "17 | how the test set was annotated |",
        "18 | how far annotators differ |",
        "19 | how partitions were made | partitions",
        "20 | at which level partitions are disjoint | disjoint",
        "21 | the intended sample size |",
        "22 | the model in detail | model",
        "23 | software | software",
        "24 | initial parameters | initialisation",
        "25 | training | training augmentation",
        "26 | how the final model was selected | selection",
        "27 | ensembles | ensemble",
        "28 | metrics | metrics",
        "29 | uncertainty and significance | uncertainty",
        "30 | robustness and sensitivity | robustness",
        "31 | explanations | explanations",
        "32 | evaluation on internal data | internal",
        "33 | testing on external data | external",
        "34 | registration of a trial |",
        "35 | the flow of patients and images | flow",
        "36 | characteristics in each partition | characteristics",
        "37 | performance in each partition | performance",
        "38 | diagnostic performance, with its precision | operating",
        "39 | failures | failures",
        "40 | limitations | limits",
        "41 | implications for practice |",
        "42 | the full protocol, technical details | protocol",
        "43 | availability of software, model and data | availability",
        "44 | funding |",
    ),
)

TRIPOD_AI = Checklist(
    "TRIPOD+AI",
    "Collins et al. 2024, BMJ 385:e078378",
    _items(
        "1 | the study's kind, population and outcome, in the title | kind",
        "2 | an abstract |",
        "3a | the healthcare context, and existing models |",
        "3b | whom it is for, and who would use it | intended_use",
        "3c | known health inequalities |",
        "4 | objectives | goal",
        "5a | sources of data | data",
        "5b | dates of the data |",
        "6a | the setting, and how many centres |",
        "6b | eligibility | eligibility",
        "6c | treatments |",
        "7 | preparation of the data | preprocessing",
        "8a | the outcome, and how it was assessed | reference",
        "8b | who assessed the outcome |",
        "8c | blinding of that assessment |",
        "9a | the choice of predictors | predictors",
        "9b | each predictor, and how it is measured | predictors preprocessing",
        "9c | who assessed the predictors |",
        "10 | how the sample size was arrived at |",
        "11 | missing data | missing",
        "12a | how the data were divided and used | partitions disjoint",
        "12b | how predictors were handled | preprocessing",
        "12c | the model, its building, its internal validation | model training selection",
        "12d | differences between clusters, such as centres |",
        "12e | performance measures, and their reasons | metrics uncertainty",
        "12f | updating after the evaluation | updating",
        "12g | how predictions were calculated | output",
        "13 | class imbalance | imbalance",
        "14 | fairness |",
        "15 | the output, and its threshold | output threshold",
        "16 | training and evaluation data, compared | differences",
        "17 | ethical approval |",
        "18a | funding |",
        "18b | conflicts of interest |",
        "18c | the protocol | protocol",
        "18d | registration |",
        "18e | availability of the data |",
        "18f | availability of the code | availability",
        "19 | involvement of patients and the public |",
        "20a | the flow of participants | flow",
        "20b | characteristics of participants | characteristics",
        "20c | predictors in training and evaluation, compared | differences",
        "21 | participants and events in each analysis | flow",
        "22 | the full model, for predictions by others | sharing",
        "23a | performance with intervals, and in subgroups | performance robustness",
        "23b | heterogeneity between clusters |",
        "24 | results of updating | updating",
        "25 | interpretation, with fairness |",
        "26 | limitations | limits",
        "27a | input that is poor or missing in use | poor_input",
        "27b | what users have to do | user",
        "27c | next steps |",
    ),
)

CHECKLISTS: Sequence[Checklist] = (CLAIM, TRIPOD_AI)
