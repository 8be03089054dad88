"""What somebody meant who wrote a name that is not there."""

from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest known name, to follow an error; empty if none is near.

    Dashes in front of a name, which all options have, bring no two nearer.

    Examples:
        >>> did_you_mean("trian", ["prepare", "train"])
        '; did you mean train?'
        >>> did_you_mean("--fly", ["--help", "--version"])
        ''
    """
    import difflib  # only an error needs it

    names = {name.lstrip("-"): name for name in known}
    matches = difflib.get_close_matches(word.lstrip("-"), names, n=1, cutoff=0.5)
    return f"; did you mean {names[matches[0]]}?" if matches else ""
