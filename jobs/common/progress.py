"""How far a stage is: a callback that the command line shows and `mammo study` collects."""

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

Watch = Callable[[str, int, int], None]
"""Called with (what is being done, how many are done, of how many)."""

T = TypeVar("T")


def silent(what: str, done: int, total: int) -> None:
    """A Watch that shows nothing."""


def track(what: str, items: Collection[T], watch: Watch) -> Iterator[T]:
    """Yields the items, and reports to `watch` after each how many are done."""
    total = len(items)
    watch(what, 0, total)
    for done, item in enumerate(items, start=1):
        yield item
        watch(what, done, total)
