"""What a run's models learnt from another run."""

from collections.abc import Mapping
from typing import Any

from jobs.artifacts.run import JOINED, START_FROM
from jobs.report.text import count


def describe_other_training(notes: Mapping[str, Any]) -> str:
    """A sentence on each run whose models or images the training used; "" where it used none.

    Args:
        notes: of a model's manifest.

    Examples:
        >>> describe_other_training({"start_from": "films/all"})
        'The models began with those of the run films.'
    """
    sentences = []
    if start := notes.get(START_FROM):
        sentences.append(f"The models began with those of the run {start.partition('/')[0]}.")
    if joined := notes.get(JOINED):
        kind = {True: "synthetic ", False: "real ", None: ""}[joined["synthetic"]]
        sentences.append(
            f"The network was trained on the release of the run {joined['run']}, too: "
            f"{kind}mammograms, {count(joined['images'], 'image')} ({joined['sick']:,} sick) of "
            f"{count(joined['patients'], 'patient')}."
        )
    return " ".join(sentences)
