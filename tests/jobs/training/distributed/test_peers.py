"""--peers and --peer: which values are allowed, and the TF_CONFIG that follows from them."""

import argparse
import json

import pytest

from jobs.common.errors import UsageError
from jobs.training.distributed.peers import ALONE, Peers, add_peers, peers_from_arguments

PAIR = ("train-0.train:2222", "train-1.train:2222")


def test_tf_config_is_what_tensorflow_reads():
    """The cluster's addresses, and this process's task in it."""
    assert json.loads(Peers(PAIR, 1).tf_config) == {
        "cluster": {"worker": list(PAIR)},
        "task": {"type": "worker", "index": 1},
    }


def test_the_first_is_the_chief():
    """It alone writes; a process that trains alone is its own chief."""
    assert [Peers(PAIR, index).chief for index in (0, 1)] == [True, False]
    assert ALONE.chief and ALONE.count == 1


def test_each_address_is_an_argument():
    """As a manifest lists them, and a shell's braces expand to them."""
    parser = argparse.ArgumentParser()
    add_peers(parser)
    for name in ("--peer", "--worker"):  # as older manifests call it
        options = parser.parse_args(["--peers", *PAIR, name, "1"])
        assert peers_from_arguments(options.peers, options.peer) == Peers(PAIR, 1)
    options = parser.parse_args([])
    assert peers_from_arguments(options.peers, options.peer) == ALONE


def test_one_peer_trains_alone():
    """A Job of one pod needs no other arguments."""
    assert peers_from_arguments(PAIR[:1], 0) == ALONE


@pytest.mark.parametrize(
    ("addresses", "index", "message"),
    [
        (PAIR, None, "--peers and --peer must be given together"),
        (None, 0, "--peers and --peer must be given together"),
        (("train-0", "b:1"), 0, "--peers must be HOST:PORT, each once; got 'train-0'"),
        (("a:1", "a:1"), 0, "--peers must be HOST:PORT, each once; got 'a:1'"),
        (("a:1", "b:99999"), 0, "--peers must be HOST:PORT, each once; got 'b:99999'"),
        (PAIR, 2, "--peer must be from 0 to 1, as --peers names 2; got 2"),
        (PAIR, -1, "--peer must be from 0 to 1"),
    ],
)
def test_wrong_peers_are_refused(addresses, index, message):
    """Exit 64, naming the rule and the value."""
    with pytest.raises(UsageError, match=message):
        peers_from_arguments(addresses, index)
