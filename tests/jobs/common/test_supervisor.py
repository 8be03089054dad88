"""How `mammo` ends on SIGTERM at any moment, in a process of its own."""

import contextlib
import os
import signal
import subprocess
import sys

import psutil
import pytest

from jobs.common.supervisor import PEER_LOST, STOPPED

PROCESS = """
import functools, os, signal, sys, threading, time, types
from jobs import cli, stages
from jobs.common import supervisor

# Ctrl-C is ignored where a shell has started the tests in the background.
signal.signal(signal.SIGINT, signal.default_int_handler)

def run(options, watch):
{body}

stage = types.ModuleType("jobs.stages.fake", "pretends")
stage.add_arguments, stage.run = lambda parser: None, run
sys.modules["jobs.stages.fake"] = stage
stages.COMMANDS = {{"fake": "pretend"}}
cli.supervise = functools.partial(supervisor.supervise, {seconds})
sys.argv = ["mammo", "fake"]
cli.process()
"""
# As the first process of a container, to which the kernel gives no signal without a handler.
FIRST = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc"]
TOLD = f"mammo: {STOPPED}\n"


def start(body: str, *, seconds: int = 60, around: list[str] = ()) -> subprocess.Popen[str]:  # type: ignore[assignment]
    """Starts `mammo fake`, whose stage has this body; returns when it has printed a line."""
    indented = "".join(f"    {line}\n" for line in body.strip().splitlines())
    process = subprocess.Popen(
        [*around, sys.executable, "-c", PROCESS.format(body=indented, seconds=seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "running\n"
    return process


def stopped(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """The exit code after a SIGTERM, and the text of stdout and stderr."""
    process.terminate()
    out, err = process.communicate()
    return process.returncode, out, err


RUNS = 'print("running", flush=True)'
KILLED = "os.kill(os.getpid(), signal.SIGKILL)"


def test_a_stage_is_stopped():
    """Exit 75 and one line."""
    assert stopped(start(f"{RUNS}\ntime.sleep(600)")) == (75, "", TOLD)


@pytest.mark.parametrize(
    "body",
    [
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])\nRUNS\ntime.sleep(600)",
        "class Lost:\n    def __del__(self):\n        RUNS\n        time.sleep(600)\n"
        "Lost()\ntime.sleep(600)",
        "threading.Thread(target=time.sleep, args=(600,)).start()\nRUNS\ntime.sleep(600)",
    ],
    ids=["deaf", "the exception is lost", "a thread goes on"],
)
def test_a_stage_that_does_not_stop_is_ended(body: str):
    """Exit 75, after a while: no library's call, callback or thread can delay it for ever."""
    code, out, err = stopped(start(body.replace("RUNS", RUNS), seconds=1))
    assert (code, out) == (75, "")
    assert err.endswith(TOLD)


def test_whatever_becomes_of_the_exception():
    """A library turns the exception into another one: still exit 75 and the one line."""
    body = f"""
try:
    {RUNS}
    time.sleep(600)
except BaseException as error:
    raise ImportError("initialisation failed") from error
"""
    assert stopped(start(body)) == (75, "", TOLD)


def test_a_second_sigterm_changes_nothing():
    """The cleaning up after the first is not interrupted."""
    body = f"""
try:
    {RUNS}
    time.sleep(600)
finally:
    print("clearing up", flush=True)
    time.sleep(1)
    print("cleared up", flush=True)
"""
    process = start(body)
    process.terminate()
    assert process.stdout
    assert process.stdout.readline() == "clearing up\n"
    assert stopped(process) == (75, "cleared up\n", TOLD)


def test_the_first_process_of_a_container():
    """The same where the kernel ignores signals that have no handler."""
    if subprocess.call([*FIRST, "true"], stderr=subprocess.DEVNULL):
        pytest.skip("no pid namespace can be made here")
    process = start(f"{RUNS}\ntime.sleep(600)", around=FIRST)
    (first,) = psutil.Process(process.pid).children()
    first.terminate()
    assert process.communicate() == ("", TOLD)
    assert process.returncode == 75


def test_nothing_slow_comes_before_the_handler():
    """Until then only the standard library and a little of jobs is imported."""
    loaded = "import sys; from jobs import cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], check=True, capture_output=True)
    names = {name.partition(".")[0] for name in done.stdout.decode().split()}
    ours = {name for name in names if not name.startswith("_")} - sys.stdlib_module_names
    assert ours - started_with() == {"jobs"}


def started_with() -> set[str]:
    """What the interpreter itself has imported, such as an editable installation's finder."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys; print(*sys.modules)"], check=True, capture_output=True
    )
    return {name.partition(".")[0] for name in done.stdout.decode().split()}


def test_none_outlives_a_killed_supervisor():
    """SIGKILL to the supervisor ends the worker, too."""
    process = start(f"{RUNS}\ntime.sleep(600)")
    (worker,) = psutil.Process(process.pid).children()
    process.kill()
    process.communicate()
    with contextlib.suppress(psutil.NoSuchProcess):
        worker.wait(60)


CHILD = """
import subprocess
quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
child = subprocess.Popen([sys.executable, "-c", '{child}'], **quiet)
print(child.pid, file=sys.stderr, flush=True)  # a line on stdout may be read with the first one
"""


@pytest.mark.parametrize(
    ("child", "end", "code"),
    [
        ("import time; time.sleep(0.3)", "", 0),
        ("import time; time.sleep(600)", "", 0),
        ("import time; time.sleep(600)", KILLED, 137),
    ],
    ids=["ends soon", "does not end", "of one that was killed"],
)
def test_what_a_process_leaves_behind_has_ended(child: str, end: str, code: int):
    """When `mammo` has ended, the processes that a stage has started have, too."""
    process = start(f"{RUNS}{CHILD.format(child=child)}{end}")
    _, err = process.communicate()
    assert process.returncode == code and not psutil.pid_exists(int(err))


def test_what_another_has_begun_is_left_alone():
    """The child of a shell that became `mammo` is neither waited for nor ended."""
    shell = ["sh", "-c", 'sleep 600 >/dev/null 2>&1 & echo $! >&2; exec "$0" "$@"']
    process = start(RUNS, around=shell)
    _, err = process.communicate()
    other = psutil.Process(int(err))
    assert process.returncode == 0 and other.status() != psutil.STATUS_ZOMBIE
    other.kill()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", 0),
        ("raise SystemExit(3)", 3),
        (KILLED, 128 + signal.SIGKILL),
    ],
)
def test_it_ends_as_the_worker_does(body: str, code: int):
    """The exit code is the worker's; after a signal, 128 and its number, as of a shell."""
    process = start(f"{RUNS}\n{body}")
    process.communicate()
    assert process.returncode == code


def test_peers_that_do_not_come_in_time():
    """An alarm that ends the worker: exit 75, as for a peer that is lost later, and one line."""
    process = start(f"{RUNS}\nsignal.alarm(1)\ntime.sleep(600)")
    assert process.communicate() == ("", f"mammo: {PEER_LOST}\n")
    assert process.returncode == 75


def test_what_would_outlive_the_process_is_removed():
    """Python's own clean-up is skipped: a segment of shared memory would stay."""
    body = f'supervisor.on_stop(lambda: print("cleared up", flush=True))\n{RUNS}\ntime.sleep(600)'
    assert stopped(start(body)) == (75, "cleared up\n", TOLD)


def test_semaphores_are_removed_without_a_warning():
    """Python's resource tracker removes what a pool of processes has: still one line."""
    body = f"""
import multiprocessing
lock = multiprocessing.get_context("spawn").Lock()
{RUNS}
time.sleep(600)
"""
    assert stopped(start(body)) == (75, "", TOLD)


def test_ctrl_c_is_reported_once():
    """A terminal interrupts both processes: exit 130 and one line."""
    process = start(f"{RUNS}\ntime.sleep(600)")
    (worker,) = psutil.Process(process.pid).children()
    for pid in (process.pid, worker.pid):
        os.kill(pid, signal.SIGINT)
    _, err = process.communicate()
    assert (process.returncode, err) == (
        130,
        "mammo: interrupted; run the same command to resume\n",
    )
