"""A model's replicas, one a device, on this process and on those that it trains with."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from jobs.common.errors import PeerError
from jobs.model import tf_runtime
from jobs.training.distributed.peers import ALONE, Workers


class Replicas:
    """The replicas that train one model together, under one tf.distribute strategy."""

    def __init__(self, strategy: Any, workers: Workers = ALONE) -> None:
        here = len(strategy.extended.worker_devices)
        self._strategy, self._workers = strategy, workers
        self.count: int = strategy.num_replicas_in_sync
        self.here = range(workers.index * here, (workers.index + 1) * here)
        """The numbers of this process's own, of all `count`."""

    @property
    def chief(self) -> bool:
        """Whether this process keeps and publishes what comes of the training."""
        return self._workers.chief

    def scope(self) -> Any:
        """In it, a model's variables are made on every replica."""
        return self._strategy.scope()

    def sum(self, step: Callable[..., Any], given: Sequence[Any]) -> Any:
        """Runs `step` on every replica, and adds up what they return. To be traced.

        Args:
            step: takes one replica's arguments.
            given: those of this process's replicas, as `spread` makes them.
        """
        tf = tf_runtime.start()
        results = self._strategy.run(step, tuple(given))
        return self._strategy.reduce(tf.distribute.ReduceOp.SUM, results, axis=None)

    def spread(self, shares: Sequence[tuple[Any, ...]]) -> Any:
        """One tuple of arguments for each of this process's replicas, as the strategy hands them.

        Args:
            shares: in the order of `here`.
        """

        def share(context: Any) -> tuple[Any, ...]:
            return shares[context.replica_id_in_sync_group - self.here.start]

        return self._strategy.experimental_distribute_values_from_function(share)

    def chiefs(self, arrays: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The chief's arrays, on every worker, which gives arrays of the same shapes and dtypes.

        All workers wait here for each other.
        """
        if self._workers.count == 1:
            return list(arrays)
        tf = tf_runtime.start()
        # -0.0 is what changes no number when it is added to it, 0.0 and -0.0 included.
        nothing = [np.full_like(array, -0.0) for array in arrays]
        shares = [
            tuple(tf.constant(one) for one in (nothing if number else arrays))
            for number in self.here
        ]
        with self.peers_wanted():
            totals = tf.function(
                lambda given: [self.sum(_same, [one]) for one in given], autograph=False
            )
            return [total.numpy() for total in totals(self.spread(shares))]

    @contextlib.contextmanager
    def peers_wanted(self) -> Iterator[None]:
        """Tells what TensorFlow raises where another worker is gone.

        Raises:
            PeerError: another worker ended, or answers no more.
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
            if self._workers.count == 1:
                raise
            raise PeerError(
                f"worker {self._workers.index} of {self._workers.count} has lost another "
                "worker; all work so far is kept: run the same command on all of them"
            ) from error


def _same(value: Any) -> Any:
    return value
