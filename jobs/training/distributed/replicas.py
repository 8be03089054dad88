"""A model's replicas, one per device, in this process and in its peers."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from jobs.common.errors import ConfigError, PeerError
from jobs.common.types import Array, Tensor
from jobs.model import tf_runtime
from jobs.training.distributed.peers import ALONE, Peers


class Replicas:
    """The replicas that train one model together, under one tf.distribute strategy."""

    def __init__(self, strategy: Any, peers: Peers = ALONE) -> None:
        here = len(strategy.extended.worker_devices)
        self._strategy, self._peers = strategy, peers
        self.count: int = strategy.num_replicas_in_sync
        self.here = range(peers.index * here, (peers.index + 1) * here)
        """The numbers of this process's own replicas, from 0 to `count` - 1."""

    @property
    def chief(self) -> bool:
        """Whether this process keeps and publishes what comes of the training."""
        return self._peers.chief

    def scope(self) -> Any:
        """A context in which a model's variables are made on every replica."""
        return self._strategy.scope()

    def sum(self, step: Callable[..., Any], given: Sequence[Tensor]) -> Tensor:
        """Runs `step` on every replica, and adds up what they return. To be traced.

        Args:
            step: takes one replica's arguments.
            given: those of this process's replicas, as `spread` makes them.
        """
        tf = tf_runtime.start()
        results = self._strategy.run(step, tuple(given))
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, results, axis=None)

    def spread(self, shares: Sequence[tuple[Tensor, ...]]) -> Any:
        """One tuple of arguments for each of this process's replicas, as the strategy hands them.

        Args:
            shares: in the order of `here`.
        """

        def share(context: Any) -> tuple[Tensor, ...]:
            return shares[context.replica_id_in_sync_group - self.here.start]

        return self._strategy.experimental_distribute_values_from_function(share)

    def broadcast_from_chief(self, arrays: Sequence[Array]) -> list[Array]:
        """The chief's arrays, on every peer; each gives arrays of the same shapes and dtypes.

        All peers wait here for each other.
        """
        if self._peers.count == 1:
            return list(arrays)
        # Adding -0.0 changes no number, 0.0 and -0.0 included.
        neutral = [np.full_like(array, -0.0) for array in arrays]
        return self._add_up([neutral if number else arrays for number in self.here])

    def _add_up(self, given: Sequence[Sequence[Array]]) -> list[Array]:
        """The sums over all replicas of the arrays that each of this process's replicas gives."""
        tf = tf_runtime.start()
        shares = [tuple(map(tf.constant, arrays)) for arrays in given]
        totals = tf.function(
            lambda given: [self.sum(_identity, [one]) for one in given], autograph=False
        )
        return [total.numpy() for total in totals(self.spread(shares))]

    def require_same(self, key: str) -> None:
        """Returns if all peers train the same model; they wait for each other here.

        Args:
            key: the sha256, in hex, of what this process trains.

        Raises:
            ConfigError: one of the peers trains another model than the chief; each raises it.
        """
        if self._peers.count == 1:
            return
        mine = np.frombuffer(bytes.fromhex(key), np.uint8).astype(np.int32)
        (chiefs,) = self.broadcast_from_chief([mine])
        differs = np.array([not np.array_equal(mine, chiefs)], np.int32)
        (differing,) = self._add_up([[differs]] * len(self.here))
        if differing.any():
            raise ConfigError(
                "all of --peers must train the same model of the same study and inputs; these do "
                "not: give all the same --config, --run and --fold"
            )

    @contextlib.contextmanager
    def name_lost_peers(self) -> Iterator[None]:
        """Turns TensorFlow's errors that mean a lost peer into one error.

        Raises:
            PeerError: another peer ended, or no longer answers.
        """
        errors = tf_runtime.start().errors
        try:
            yield
        except (
            errors.UnavailableError,
            errors.DeadlineExceededError,
            errors.AbortedError,
            errors.FailedPreconditionError,
        ) as error:
            if self._peers.count == 1:
                raise
            raise PeerError(
                f"peer {self._peers.index} of {self._peers.count} has lost another "
                "peer; all work so far is kept: run the same command on all of them"
            ) from error


def _identity(value: Tensor) -> Tensor:
    return value
