"""Work in another thread: the same items, calls, errors and end as in this one."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.common.prefetch import BackgroundCall, Prefetcher


@given(st.lists(st.integers()), st.integers(1, 4))
def test_the_items_are_the_iterable_s(items, depth):
    """All items come, in order, whatever the depth."""
    with Prefetcher(iter(items), depth) as ahead:
        assert list(ahead) == items


def test_items_are_made_while_the_reader_is_busy():
    """The next item is finished before it is asked for."""
    made = threading.Event()

    def items():
        yield 0
        made.set()
        yield 1

    with Prefetcher(items()) as ahead:
        assert next(ahead) == 0
        assert made.wait(10)


def test_it_is_never_more_than_its_depth_ahead():
    """The number of items that wait is limited, and with it the memory."""
    made = []

    def items():
        for number in range(100):
            made.append(number)
            yield number

    with Prefetcher(items(), depth=2) as ahead:
        next(ahead)
        deadline = time.monotonic() + 10
        while len(made) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert len(made) == 4  # one read, two that wait, one in hand


def test_an_error_is_the_reader_s():
    """An error in the thread is raised where the next item is read."""

    def items():
        yield 1
        raise OSError("broken")

    with pytest.raises(OSError, match="broken"), Prefetcher(items()) as ahead:
        assert next(ahead) == 1
        next(ahead)


def test_a_reader_that_leaves_ends_the_thread():
    """An error in the reader does not leave a thread behind that waits for ever."""
    before = threading.active_count()
    with pytest.raises(KeyError), Prefetcher(iter(range(100))) as ahead:
        next(ahead)
        raise KeyError
    assert threading.active_count() == before


@given(st.lists(st.integers()))
def test_calls_behind_are_made_in_order(given_):
    """All calls have ended when the context is left, each with its arguments."""
    made = []
    with BackgroundCall(made.append) as call:
        for each in given_:
            call(each)
    assert made == given_


def test_the_caller_goes_on():
    """The caller does not wait for a call; the next call waits for the one before it."""
    go_on, ended = threading.Event(), []

    def call(number):
        go_on.wait(10)
        ended.append(number)

    with BackgroundCall(call) as behind:
        behind(1)
        assert ended == []
        go_on.set()
        behind(2)
        assert ended[0] == 1
    assert ended == [1, 2]


@pytest.mark.parametrize("more", [0, 1])
def test_an_error_behind_is_raised(more):
    """By the next call, or at the end if there is none."""

    def call(number):
        raise OSError(f"broken {number}")

    with pytest.raises(OSError, match="broken 0"), BackgroundCall(call) as behind:
        for number in range(1 + more):
            behind(number)


def test_the_caller_s_own_error_comes_first():
    """Calls that were made before have ended all the same."""
    made = []
    with pytest.raises(KeyError), BackgroundCall(made.append) as behind:
        behind(1)
        raise KeyError
    assert made == [1]
