"""What two guidelines ask a report of such a model to say."""

import pytest

from jobs.report.checklists import CHECKLISTS, CLAIM, TRIPOD_AI


def test_they_are_whole():
    """CLAIM 2024 has 44 items, TRIPOD+AI 27 with 52 parts; each once, in order, with a topic."""
    assert [item.number for item in CLAIM.items] == [str(n) for n in range(1, 45)]
    numbers = [item.number for item in TRIPOD_AI.items]
    assert len(numbers) == len(set(numbers)) == 52
    whole = [int(number.rstrip("abcdefg")) for number in numbers]
    assert whole == sorted(whole) and set(whole) == set(range(1, 28))


@pytest.mark.parametrize("checklist", CHECKLISTS, ids=lambda each: each.name)
def test_what_is_not_known_is_a_blank(checklist):
    """Without facts, nothing is filled in; a fact answers the items that name it."""
    assert not any(answer for _, answer in checklist.answers({}))
    named = [item for item in checklist.items if "data" in item.facts]
    filled = [item for item, answer in checklist.answers({"data": "Here."}) if answer]
    assert filled == named and named


def test_what_software_cannot_know_is_for_people():
    """Ethics, funding and registration are blanks in every run."""
    blanks = {item.topic for each in CHECKLISTS for item in each.items if not item.facts}
    assert {"funding", "ethical approval", "registration", "fairness"} <= blanks
