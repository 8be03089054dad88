"""The parser of a command line, whose errors say what was meant, and are raised."""

import argparse
import re
from collections.abc import Iterable
from itertools import takewhile
from typing import Any, NoReturn

from jobs.common.errors import UsageError
from jobs.common.nearest import did_you_mean

_NUMBER = re.compile(r"-\d*\.?\d+")


class Parser(argparse.ArgumentParser):
    """argparse that raises instead of exiting, so that one place turns errors into exit codes."""

    def __init__(self, **settings: Any) -> None:
        # --rel for --release would be an error as soon as there is a --relax.
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """Raises UsageError with the message, and where the help is."""
        end = "" if message.endswith("?") else ";"
        raise UsageError(f"{message}{end} see {self.prog} --help")

    @property
    def options(self) -> list[str]:
        """The names of all options."""
        return [name for action in self._actions for name in action.option_strings]

    def require_known(self, words: Iterable[str]) -> None:
        """Raises UsageError for the first word that is an unknown option; names the nearest.

        argparse itself first complains of the option that is missing for want of this one.
        """
        for word in takewhile(lambda word: word != "--", words):
            name = word.partition("=")[0]
            if _is_option(name) and name not in self.options:
                self.error(f"unknown option {name}{did_you_mean(name, self.options)}")


def _is_option(word: str) -> bool:
    """Whether argparse takes a word for an option: not a single -, a number, or words."""
    return len(word) > 1 and word[0] == "-" and " " not in word and not _NUMBER.fullmatch(word)
