"""Workers meet before they train: all of them, for the same, or an end that says so."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.common.errors import ConfigError, PeerError
from jobs.common.progress import silent
from jobs.training.distributed.peers import Workers
from jobs.training.distributed.rendezvous import meet
from tests.jobs.training.distributed.replica_runs import free_addresses


def met(addresses, keys, seconds=60.0):
    """What became of each worker that came: an error, or None."""
    with ThreadPoolExecutor() as pool:
        come = {
            index: pool.submit(meet, Workers(addresses, index), key, silent, seconds)
            for index, key in keys.items()
        }
        return {index: future.exception() for index, future in come.items()}


def test_all_go_when_all_have_come():
    """Three that train the same meet, in whatever order they come."""
    assert met(free_addresses(3), {2: "a", 0: "a", 1: "a"}) == {2: None, 0: None, 1: None}


def test_who_waits_in_vain_ends_by_itself():
    """A chief without the others, and another without its chief: exit 75, naming all addresses."""
    for index in (0, 1):
        addresses = free_addresses(2)
        error = met(addresses, {index: "a"}, seconds=0.2)[index]
        assert isinstance(error, PeerError)
        assert "has waited 0.2 s in vain" in str(error) and addresses[1] in str(error)


def test_who_trains_something_else_is_told():
    """Exit 78 on both sides: another fold or study under the same addresses."""
    errors = met(free_addresses(2), {0: "a", 1: "b"})
    assert all(isinstance(error, ConfigError) for error in errors.values())


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\n\r\n", b"99 a\n"])
def test_a_stranger_changes_nothing(said):
    """Whoever else connects, and hangs up or says something, is not counted."""
    addresses = free_addresses(2)
    with ThreadPoolExecutor() as pool:
        chief = pool.submit(meet, Workers(addresses, 0), "a", silent, 60)
        host, port = addresses[0].split(":")
        while True:
            try:
                with socket.create_connection((host, int(port))) as line:
                    line.sendall(said)
                break
            except ConnectionRefusedError:
                time.sleep(0.01)
        meet(Workers(addresses, 1), "a", silent, 60)
        assert chief.result() is None


def test_the_wait_is_told():
    """A terminal shows how many have come."""
    told = []
    addresses = free_addresses(2)
    with ThreadPoolExecutor() as pool:
        other = pool.submit(meet, Workers(addresses, 1), "a", silent, 60)
        meet(Workers(addresses, 0), "a", lambda *each: told.append(each), 60)
        other.result()
    assert told == [
        ("train: workers that have come", 1, 2),
        ("train: workers that have come", 2, 2),
    ]
