"""Workers wait for each other before any of them starts what cannot be interrupted."""

import contextlib
import re
import socket
import time

from jobs.common.errors import ConfigError, PeerError
from jobs.common.progress import Watch
from jobs.training.distributed.peers import Workers

# Longer than the longest back-off of a Job's pods: who comes again meets the others. It is 600 in
# Kubernetes's job_controller.go (MaxJobPodFailureBackOff), whatever the documentation says.
_SECONDS = 900.0
_PAUSE = 0.5  # between two tries to reach a chief that does not listen yet
_ANSWER_SECONDS = 10.0  # for a line from one who has called
_CALL = re.compile(rb"(\d+) (\w+)\n")
_GO, _OTHER = b"go\n", b"other\n"


def meet(workers: Workers, key: str, watch: Watch, seconds: float = _SECONDS) -> None:
    """Waits until all workers are there, and have come to train the same.

    TensorFlow waits for its peers for an hour, deaf to SIGTERM. So each worker tells the chief, at
    the address that TensorFlow will use after that, who it is and what it trains; the chief lets
    all go when all have come.

    Args:
        key: of what is trained.
        seconds: how long to wait.

    Raises:
        PeerError: not all of them came.
        ConfigError: another worker came to train something else.
    """
    until = time.monotonic() + seconds
    try:
        if workers.chief:
            _receive(workers, key, until, watch)
        else:
            _call(workers, key, until)
    except TimeoutError as error:
        raise PeerError(
            f"worker {workers.index} of {workers.count} has waited {seconds:g} s in vain for "
            f"the others; run the same command on all of them: {', '.join(workers.addresses)}"
        ) from error


def _receive(workers: Workers, key: str, until: float, watch: Watch) -> None:
    """The chief waits for all others, who hold the line until then."""
    port = int(workers.addresses[0].rpartition(":")[2])
    what = "train: workers that have come"
    with contextlib.ExitStack() as lines, socket.create_server(("", port)) as server:
        come: dict[bytes, socket.socket] = {}
        watch(what, 1, workers.count)
        while len(come) < workers.count - 1:
            server.settimeout(_left(until))
            line = lines.enter_context(server.accept()[0])
            call = _CALL.fullmatch(_line(line, _ANSWER_SECONDS))
            if not call or not 0 < int(call[1]) < workers.count:  # whoever it was, it is none of us
                continue
            if call[2] != key.encode():
                line.sendall(_OTHER)
                raise _another(workers)
            come[call[1]] = line  # in place of one who came before, and was started again
            watch(what, 1 + len(come), workers.count)
        try:
            for line in come.values():
                line.sendall(_GO)
        except OSError as error:
            raise PeerError(
                "a worker that had come is gone again: run the same command on all of them"
            ) from error


def _call(workers: Workers, key: str, until: float) -> None:
    """Calls the chief until it answers."""
    host, _, port = workers.addresses[0].rpartition(":")
    answer = b""
    while True:
        # Not there yet, not yet known by its name, or gone again before it let us go.
        with (
            contextlib.suppress(OSError),
            socket.create_connection((host, int(port)), _left(until)) as line,
        ):
            line.sendall(f"{workers.index} {key}\n".encode())
            answer = _line(line, _left(until))
        if answer == _GO:
            return
        if answer == _OTHER:
            raise _another(workers)
        time.sleep(min(_PAUSE, _left(until)))


def _line(line: socket.socket, seconds: float) -> bytes:
    """What comes in one line; nothing where the other hangs up or says nothing."""
    line.settimeout(seconds)
    with contextlib.suppress(OSError), line.makefile("rb") as file:
        return file.readline(200)
    return b""


def _left(until: float) -> float:
    """Raises TimeoutError where nothing is left."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _another(workers: Workers) -> ConfigError:
    return ConfigError(
        f"all of --peers must train the same model of the same study and inputs; worker "
        f"{workers.index} and another one do not: give all the same --config, --run and --fold"
    )
