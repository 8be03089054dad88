"""Work in another thread: items made before they are read, calls that the caller does not await."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar

Item = TypeVar("Item")
_SECONDS = 0.1  # between two checks of whether the reader has left


@dataclass(frozen=True)
class _End:
    """The end of the items: as it should be, or by an error that the reader gets."""

    error: BaseException | None = None


class Prefetcher(Generic[Item]):
    """Items of an iterable, each made while the reader is busy with those before it.

    A context manager: when it is left, the thread has stopped, whether all items were read or not.

    Examples:
        >>> with Prefetcher(number**2 for number in range(3)) as squares:
        ...     list(squares)
        [0, 1, 4]
    """

    def __init__(self, items: Iterable[Item], depth: int = 1) -> None:
        """At most `depth` finished items wait for the reader, while one more is being made."""
        self._items = items
        self._ready: queue.Queue[Item | _End] = queue.Queue(depth)
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._work, name="prefetch", daemon=True)

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
        """Waits for room for the item; False where the reader leaves before."""
        while not self._left.is_set():
            try:
                self._ready.put(item, timeout=_SECONDS)
            except queue.Full:
                continue
            return True
        return False


class BackgroundCall:
    """A function that runs in another thread, one call after another, while the caller goes on.

    A call waits for the one before it to end. An error is raised by the next call, or when the
    context is left; by then all calls have ended.

    Examples:
        >>> squares = []
        >>> with BackgroundCall(lambda number: squares.append(number**2)) as add_square:
        ...     for number in range(3):
        ...         add_square(number)
        >>> squares
        [0, 1, 4]
    """

    def __init__(self, call: Callable[..., object]) -> None:
        self._call = call
        self._last: Future[Any] | None = None
        self._thread = ThreadPoolExecutor(1, "background")

    def __enter__(self) -> Self:
        return self

    def __call__(self, *arguments: Any) -> None:
        """Starts a call of the function, once the call before it has ended."""
        if self._last:
            self._last.result()
        self._last = self._thread.submit(self._call, *arguments)

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        self._thread.shutdown()
        if self._last and kind is None:
            self._last.result()
