"""What a run's models learnt from another run."""

from pathlib import Path

from jobs.config.study import Study


def describe_other_training(study: Study) -> str:
    """A sentence on each run whose models or images the training used; "" where it used none.

    Examples:
        >>> from jobs.config import Study, TrainConfig
        >>> describe_other_training(Study(train=TrainConfig(join="films")))
        'The models were trained on the images of the run films, too, but for its test set.'
    """
    start, joined = (Path(name).name for name in (study.train.start_from, study.train.join))
    sentences = []
    if start != "none":
        sentences.append(f"The models began with those of the run {start}.")
    if joined != "none":
        sentences.append(
            f"The models were trained on the images of the run {joined}, too, but for its test set."
        )
    return " ".join(sentences)
