"""Work in a thread of its own: items made ahead of their reader, calls made behind their caller."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

Item = TypeVar("Item")
_SECONDS = 0.1  # between looks at whether the reader is still there


@dataclass(frozen=True)
class _End:
    """What the thread ended with: nothing, or an error that is the reader's to have."""

    error: BaseException | None = None


class Prefetcher(Generic[Item]):
    """Items of an iterable, each made while the reader is busy with those before it.

    A context: at its end the thread has stopped, whether all items were read or not.
    """

    def __init__(self, items: Iterable[Item], depth: int = 1) -> None:
        """At most `depth` finished items wait for the reader; one more is being made."""
        self._items = items
        self._ready: queue.Queue[Item | _End] = queue.Queue(depth)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._work, name="ahead", daemon=True)

    def __enter__(self) -> Iterator[Item]:
        self._thread.start()
        return self._read()

    def __exit__(self, *error: object) -> None:
        self._left.set()
        self._thread.join()

    def _read(self) -> Iterator[Item]:
        while not isinstance(item := self._ready.get(), _End):
            yield item
        if item.error:
            raise item.error

    def _work(self) -> None:
        end = _End()
        try:
            for item in self._items:
                if not self._hand_over(item):
                    return
        except BaseException as error:  # raised again in the reader's thread
            end = _End(error)
        self._hand_over(end)

    def _hand_over(self, item: Item | _End) -> bool:
        """Gives an item to the reader; False if the reader left first."""
        while not self._left.is_set():
            try:
                self._ready.put(item, timeout=_SECONDS)
            except queue.Full:
                continue
            return True
        return False


class BackgroundCall:
    """A function whose calls are made one after another while the caller goes on.

    At most one waits for another's end. What one raises is raised by the next call, or at the end
    of the context, at which all have been made.
    """

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call
        self._last: Future[Any] | None = None
        self._thread = ThreadPoolExecutor(1, "behind")

    def __enter__(self) -> Self:
        return self

    def __call__(self, *given: Any) -> None:
        """Has the function called with what is given, once the call before has ended."""
        if self._last:
            self._last.result()
        self._last = self._thread.submit(self._call, *given)

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._thread.shutdown()
        if self._last and kind is None:
            self._last.result()
