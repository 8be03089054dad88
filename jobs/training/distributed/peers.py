"""Peers: the processes that train one model together, where each is, and which this one is."""

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from jobs.common.errors import UsageError

_LAST = 65535
_ADDRESS = re.compile(r"[A-Za-z0-9.-]+:\d{1,5}")


@dataclass(frozen=True)
class Peers:
    """The processes that train one model together, each on its own GPUs.

    Attributes:
        addresses: host:port of each, the same list in the same order for all of them; none where
            this process trains alone.
        index: which of them this process is. The first is the chief, who alone writes.
    """

    addresses: tuple[str, ...] = ()
    index: int = 0

    @property
    def chief(self) -> bool:
        """Whether this process is the one that keeps and publishes what comes of the training."""
        return self.index == 0

    @property
    def count(self) -> int:
        """How many there are; 1 if this process trains alone."""
        return max(1, len(self.addresses))

    @property
    def tf_config(self) -> str:
        """The value of the variable TF_CONFIG, from which TensorFlow learns all addresses."""
        task = {"type": "worker", "index": self.index}
        return json.dumps({"cluster": {"worker": self.addresses}, "task": task})


ALONE = Peers()


def add_peers(parser: argparse.ArgumentParser) -> None:
    """The options --peers and --peer: with which processes this one trains.

    --worker is --peer's name in older manifests.
    """
    parser.add_argument(
        "--peers",
        nargs="+",
        metavar="HOST:PORT",
        help="all processes that train this model together, each on its own GPUs (default: none, "
        "this one trains alone)",
    )
    parser.add_argument(
        "--peer",
        "--worker",
        dest="peer",
        type=int,
        metavar="I",
        help="which of --peers this process is, from 0 (default: none; --peers needs it)",
    )


def peers_from_arguments(addresses: Sequence[str] | None, index: int | None) -> Peers:
    """The peers that --peers and --peer name; without them, this process trains alone.

    Raises:
        UsageError: one is given without the other, an address is malformed or repeated, or the
            index names none of them.
    """
    if addresses is None and index is None:
        return ALONE
    if addresses is None or index is None:
        raise UsageError(
            "--peers and --peer must be given together: the addresses of all, and the number of "
            "this one"
        )
    for address in addresses:
        port = address.rpartition(":")[2]
        if not _ADDRESS.fullmatch(address) or int(port) > _LAST or addresses.count(address) > 1:
            raise UsageError(f"--peers must be HOST:PORT, each once; got {address!r}")
    if not 0 <= index < len(addresses):
        raise UsageError(
            f"--peer must be from 0 to {len(addresses) - 1}, as --peers names "
            f"{len(addresses)}; got {index}"
        )
    return Peers(tuple(addresses), index) if len(addresses) > 1 else ALONE
