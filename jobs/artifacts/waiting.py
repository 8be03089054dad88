"""Waits for the inputs of a stage, which other pods of the same study make."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

from jobs.common.errors import MissingInputError

SECONDS_BETWEEN_LOOKS = 2.0

T = TypeVar("T")


def when_inputs_come(attempt: Callable[[], T], seconds: float) -> T:
    """What `attempt` returns; while an input is missing, it is tried again every two seconds.

    Each input that is waited for is named on stderr, once. A stage finds out what is missing as it
    plans, before it imports anything heavy: a process that waits stays small.

    Args:
        seconds: how long to wait; 0 is not at all.

    Raises:
        MissingInputError: an input is still missing when the time is up.
        Exception: whatever else `attempt` raises, at once.
    """
    end = time.monotonic() + seconds
    told = ""
    while True:
        try:
            return attempt()
        except MissingInputError as error:
            missing, left = str(error), end - time.monotonic()
            if left <= 0:
                raise
        if missing != told:
            told = missing
            sys.stderr.write(f"mammo: waiting up to {left:.0f} s: {missing}\n")
            sys.stderr.flush()
        time.sleep(min(SECONDS_BETWEEN_LOOKS, left))
