"""`mammo`: its help, its exit codes, its one line on stderr, and how it is stopped."""

import contextlib
import errno
import importlib.metadata
import os
import re
import signal
import subprocess
import sys
import time
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs import cli
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe
from jobs.common.errors import (
    CannotCreateError,
    ConfigError,
    DataError,
    ExitCode,
    IoError,
    MissingInputError,
    StoppedError,
    UsageError,
)
from jobs.stages import build_parser
from tests.small_disks import small_volume

Pretend = Callable[[Callable[..., object]], None]


@pytest.fixture(autouse=True)
def sigterm_as_before() -> Iterator[None]:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> Pretend:
    """Makes `mammo fake [--root DIR]` call a function of (options, watch), the only command."""

    def install(run: Callable[..., object]) -> None:
        fake = types.ModuleType("jobs.stages.fake", "nothing -> nothing. It pretends.")
        fake.add_arguments = lambda parser: parser.add_argument("--root", type=Path)  # type: ignore[attr-defined]
        fake.run = run  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "jobs.stages.fake", fake)
        monkeypatch.setattr("jobs.stages.COMMANDS", {"fake": "pretend"})

    return install


@pytest.fixture
def mammo(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """Runs mammo; returns its exit code, and its message: the last line on stderr."""

    def run(*arguments: object) -> tuple[int, str]:
        capsys.readouterr()
        code = cli.main([str(each) for each in arguments])
        *progress, line = capsys.readouterr().err.splitlines()
        assert all(re.fullmatch(r"[a-z]+: .*( \d+ of \d+|, \d+:\d+)", each) for each in progress)
        assert line.startswith("mammo: ")
        return code, line.removeprefix("mammo: ")

    return run


def raising(error: BaseException) -> Callable[..., object]:
    def run(options: object, watch: object) -> None:
        raise error

    return run


# Help and usage


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]):
    """`mammo --help`: each command with what it does, and that this is not a medical device."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "not a medical device" in out
    for command, what in cli.COMMANDS.items():
        assert f"{command} " in out
        assert what in out


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_each_command_has_help(command: str, capsys: pytest.CaptureFixture[str]):
    """`mammo COMMAND --help`: usage, and what the stage reads and writes."""
    with pytest.raises(SystemExit) as caught:
        cli.main([command, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: mammo {command} ")
    assert "->" in out
    assert "--debug" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fly"], "unknown command fly; commands: check, phantom, "),
        (["trian", "--root", "r"], "unknown command trian; did you mean train? see mammo --help"),
        (["Report"], "unknown command Report; did you mean report? see mammo --help"),
        (["--fly"], "unknown option --fly; see mammo --help"),
        (["--verison"], "unknown option --verison; did you mean --version? see mammo --help"),
        (["--root", "r", "train"], "unknown option --root; see mammo --help"),
        (["check"], "the following arguments are required: RELEASE; see mammo check --help"),
        (["check", "there", "--fly"], "unknown option --fly; see mammo check --help"),
        (["check", "there", "--js"], "unknown option --js; did you mean --json? see mammo check"),
        (["check", "-json", "there"], "unknown option -json; did you mean --json? see mammo"),
        (["check", "here", "there"], "there is no place for there; see mammo check --help"),
        (["evaluate", "--rot", "r"], "unknown option --rot; did you mean --root? see mammo"),
        (["evaluate", "--rot=r"], "unknown option --rot; did you mean --root? see mammo"),
        (["train", "--fold", "-1"], "the following arguments are required: --root, --config, "),
        (["evaluate", "--root", "there"], "the following arguments are required: --run; see"),
        (["evaluate", "--root"], "argument --root: expected one argument; see mammo evaluate"),
        (["evaluate", "--root", "r", "--run", "../x"], "--run must be letters, digits"),
    ],
)
def test_a_wrong_command_line(mammo: Callable, arguments: list[str], message: str):
    """Exit 64: what is wrong, and where the help is. Options are not abbreviated."""
    code, line = mammo(*arguments)
    assert code == 64
    assert line.startswith(message)


@pytest.mark.parametrize("arguments", [[], ["--debug"]])
def test_no_command_at_all(capsys: pytest.CaptureFixture[str], arguments: list[str]):
    """The help, on stderr, and exit 64: a script that has lost its command has not succeeded."""
    assert cli.main(arguments) == 64
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: mammo ")
    assert all(f"    {command} " in err for command in cli.COMMANDS)
    assert err.endswith(
        "\nmammo: the following arguments are required: COMMAND; see mammo --help\n"
    )


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_the_help_states_every_default(command: str):
    """Each option that may be left out, and is no switch, says what holds then."""
    _, parser = build_parser([command])
    assert parser
    groups = [group for group in parser._mutually_exclusive_groups if group.required]
    needed = [action for group in groups for action in group._group_actions]
    for action in parser._actions:
        if action.required or action in needed or not action.option_strings or action.nargs == 0:
            continue
        text = parser._get_formatter()._expand_help(action)
        assert re.search(r"\(default: .+\)", text), (action.option_strings, text)
        if action.default not in (None, []):
            assert f"{action.default}" in text.partition("(default: ")[2]


# Exit codes


def test_a_pod_leaves_its_last_line(
    tmp_path: Path, pretend: Pretend, mammo: Callable, monkeypatch: pytest.MonkeyPatch
):
    """What is on stderr is also where Kubernetes shows it; nothing is, if a stage ends well."""
    log = tmp_path / "termination-log"
    log.touch()
    monkeypatch.setenv("MAMMO_TERMINATION_LOG", str(log))
    pretend(lambda options, watch: None)
    assert cli.main(["fake"]) == 0 and log.read_text() == ""
    pretend(raising(ConfigError("study.yaml: train.epochs must be at least 1; got 0")))
    code, line = mammo("fake")
    assert code == 78 and log.read_text() == f"mammo: {line}\n"


def test_exit_codes_are_those_of_sysexits():
    """The numbers that Kubernetes acts on, which sysexits.h names."""
    assert {code.name: code.value for code in ExitCode} == {
        "OK": 0,
        "USAGE": os.EX_USAGE,
        "DATA": os.EX_DATAERR,
        "MISSING_INPUT": os.EX_UNAVAILABLE,
        "CANNOT_CREATE": os.EX_CANTCREAT,
        "IO": os.EX_IOERR,
        "STOPPED": os.EX_TEMPFAIL,
        "CONFIG": os.EX_CONFIG,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("what, where"), 64),
        (DataError("what, where"), 65),
        (MissingInputError("what, where"), 69),
        (CannotCreateError("what, where"), 73),
        (IoError("what, where"), 74),
        (StoppedError("what, where"), 75),
        (ConfigError("what, where"), 78),
    ],
)
def test_each_error_has_its_exit_code(
    pretend: Pretend, mammo: Callable, error: BaseException, code: int
):
    """stderr has the error's message in one line, and the exit code is the error's own."""
    pretend(raising(error))
    assert mammo("fake") == (code, str(error))


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        (errno.ENOSPC, 73, "cannot write /root/x: No space left on device: make room, then "),
        (errno.EDQUOT, 73, "cannot write /root/x: Disk quota exceeded: make room, then "),
        (errno.EROFS, 73, "cannot write /root/x: Read-only file system: name a place that "),
        (errno.EACCES, 73, "cannot open /root/x: Permission denied: give this user the right "),
        (errno.EPERM, 73, "cannot open /root/x: Operation not permitted: give this user "),
        (errno.ENOTDIR, 73, "cannot create /root/x: Not a directory: a file lies where a folder"),
        (errno.EEXIST, 73, "cannot create /root/x: File exists: remove what lies there, or "),
        (errno.EISDIR, 73, "cannot write /root/x: Is a directory: a folder lies where a file"),
        (errno.ENAMETOOLONG, 73, "cannot create /root/x: File name too long: name a shorter one"),
        (errno.EFBIG, 73, "cannot write /root/x: File too large: name a place that takes "),
        (errno.EIO, 74, "cannot read or write /root/x: Input/output error: check it and its "),
        (errno.ESTALE, 74, "cannot read or write /root/x: Stale file handle: check it and its "),
        (errno.ENOENT, 74, "cannot read or write /root/x: No such file or directory: check it "),
    ],
)
def test_errors_of_the_operating_system(
    pretend: Pretend, mammo: Callable, number: int, code: int, message: str
):
    """The message: what cannot be done, where, the system's reason in words, and what to do."""
    pretend(raising(OSError(number, "its own words,\nor h5py's paragraph", "/root/x")))
    exit_code, line = mammo("fake")
    assert exit_code == code
    assert line.startswith(message)


def test_an_error_with_two_files_names_the_target(pretend: Pretend, mammo: Callable):
    """In a copy or a rename it is the target that cannot be made."""
    pretend(raising(OSError(errno.ENOSPC, "", "/from/a", None, "/to/b")))
    assert mammo("fake")[1].startswith("cannot write /to/b: ")
    pretend(raising(OSError(errno.ENOSPC, "", os.fsencode("/to/größe"))))
    assert mammo("fake")[1].startswith("cannot write /to/größe: ")


def test_an_error_without_a_file_names_none(pretend: Pretend, mammo: Callable):
    """If the system does not say which file it was, the message says "a file"."""
    pretend(raising(OSError(errno.ENOSPC, "")))
    assert mammo("fake")[1].startswith("cannot write a file: No space left on device: make room")


def test_many_lines_become_one(pretend: Pretend, mammo: Callable):
    """Whatever an error's text looks like, stderr gets one line."""
    pretend(raising(DataError("a table\n  with\tmuch   room")))
    assert mammo("fake") == (65, "a table with much room")


@pytest.mark.parametrize("arguments", [["--debug", "fake"], ["fake", "--debug"]])
def test_a_traceback_with_debug(
    pretend: Pretend, capsys: pytest.CaptureFixture[str], arguments: list[str]
):
    """--debug, before or after the command, adds the traceback; exit code and message stay."""
    pretend(raising(DataError("what, where")))
    assert cli.main(arguments) == 65
    err = capsys.readouterr().err
    assert err.startswith("Traceback (most recent call last):")
    assert err.endswith("\nmammo: what, where\n")


@pytest.mark.parametrize("crash", [ZeroDivisionError("a bug"), OSError("a library's own")])
def test_a_crash_is_not_swallowed(pretend: Pretend, crash: Exception):
    """Any other exception is raised, so that its traceback is seen and Kubernetes counts it."""
    pretend(raising(crash))
    with pytest.raises(type(crash)) as caught:
        cli.main(["fake"])
    assert caught.value is crash


def test_ctrl_c(pretend: Pretend, mammo: Callable):
    """Ctrl-C gives exit code 130, as shells expect, and a line instead of a traceback."""
    pretend(raising(KeyboardInterrupt()))
    assert mammo("fake") == (130, "interrupted; run the same command to resume")


def test_success(pretend: Pretend, capsys: pytest.CaptureFixture[str]):
    """Exit 0; the stage gets its options and a Watch."""
    roots: list[object] = []

    def run(options, watch) -> None:
        roots.append(options.root)
        watch("fake: things", 1, 1)

    pretend(run)
    assert cli.main(["fake", "--root", "there"]) == 0
    assert roots == [Path("there")]
    assert capsys.readouterr() == ("", "fake: things 1 of 1\nfake: done, 0:00\n")


# The real commands


def test_missing_inputs(mammo: Callable, tmp_path: Path):
    """A study.yaml that does not exist is 78; a missing artifact is 69, with the command."""
    code, line = mammo("prepare", "--release", tmp_path, "--root", tmp_path, "--config", "no.yaml")
    assert code == 78
    assert line.startswith("no.yaml: cannot be read (No such file or directory)")
    config = tmp_path / "study.yaml"
    config.touch()
    code, line = mammo("embed", "--root", tmp_path, "--config", config)
    assert code == 69
    assert f"run mammo prepare --root {tmp_path}" in line
    code, line = mammo("report", "--root", tmp_path, "--run", "first")
    assert code == 69
    assert f"run mammo train --root {tmp_path} --run first" in line


CONFIGURED = {
    "check": "there",
    "weights": "",
    "prepare": "--release there",
    "engine": "",
    "embed": "",
    "train": "--run first --all",
    "search": "--space space.yaml --name first",
    "inflation": "",
    "study": "--release RELEASE",
}


def test_commands_with_a_configuration():
    """These, and no others, have --config; they all have --set, too."""
    for command in cli.COMMANDS:
        _, parser = build_parser([command])
        assert parser
        having = {"--config", "--set"} & set(parser.options)
        assert having == ({"--config", "--set"} if command in CONFIGURED else set())


@pytest.mark.parametrize("command", CONFIGURED)
def test_each_of_them_reads_what_is_set(mammo: Callable, tmp_path: Path, command: str):
    """A value that is wrong is refused as the file's would be, and nothing is made."""
    config = tmp_path / "study.yaml"
    config.touch()
    arguments = CONFIGURED[command].replace("RELEASE", str(tmp_path)).split()
    root = [] if command == "check" else ["--root", tmp_path / "root"]
    given = [*root, "--config", config, *arguments, "--set", "train.epochs=0"]
    code, line = mammo(command, *given)
    assert (code, line) == (78, "--set train.epochs=0: train.epochs must be at least 1; got 0")
    assert not (tmp_path / "root").exists()


# In a process of its own

STAGE = """
import os, sys, time, types
from pathlib import Path
from jobs import cli, stages
from jobs.artifacts.publish import publish
from jobs.artifacts.recipe import Recipe

def add_arguments(parser):
    parser.add_argument("--root", type=Path)

def run(options, watch):
{body}

stage = types.ModuleType("jobs.stages.fake", "pretends")
stage.add_arguments, stage.run = add_arguments, run
sys.modules["jobs.stages.fake"] = stage
stages.COMMANDS = {{"fake": "pretend"}}
sys.exit(cli.main(sys.argv[1:]))
"""


def script(body: str) -> list[str]:
    """Python with `mammo fake`, whose stage has this body."""
    indented = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return [sys.executable, "-c", STAGE.format(body=indented), "fake"]


WRITES = """
with publish(options.root / "features", Recipe("fake", {}, {})) as draft:
    (draft.folder / "half.npy").write_bytes(bytes(1000))
    print("writing", flush=True)
    time.sleep(600)
"""


def test_sigterm_stops_a_stage(tmp_path: Path):
    """Exit 75 and one line; nothing half-written stays."""
    process = subprocess.Popen(
        [*script(WRITES), "--root", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "writing\n"
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert errors == "mammo: stopped by SIGTERM; run the same command to resume\n"
    assert process.returncode == ExitCode.STOPPED == 75
    assert list(tmp_path.iterdir()) == []


def test_no_library_swallows_a_sigterm(pretend: Pretend, mammo: Callable):
    """It gets through code that catches all exceptions and carries on, as libraries do."""

    def run(options, watch) -> None:
        with contextlib.suppress(Exception):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)

    pretend(run)
    assert mammo("fake")[0] == 75


def buffered() -> dict[str, str]:
    """The environment of a process with a buffered stdout, which is the default."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("size", [1, 100_000], ids=["the last flush", "a write"])
def test_a_stdout_that_is_full(unbuffered: bool, size: int):
    """A full disk under stdout is reported once, by that name, whenever it is met."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            script(f"print('x' * {size})"),
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=buffered() | ({"PYTHONUNBUFFERED": "1"} if unbuffered else {}),
        )
    assert done.stderr == (
        "mammo: cannot write stdout: No space left on device: "
        "make room, then run the same command\n"
    )
    assert done.returncode == 73


def test_a_stderr_that_is_full():
    """Nothing can be said; the exit code is still the error's."""
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*script("pass"), "--fly"], check=False, stderr=full)
    assert done.returncode == 64


def test_a_stdout_that_is_closed():
    """A reader that is gone is reported in one line, and not again by the interpreter."""
    process = subprocess.Popen(
        script("sys.stdin.readline(); print('{}')"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=buffered(),
    )
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, errors = process.communicate("\n")
    assert errors.startswith("mammo: cannot read or write stdout: Broken pipe: ")
    assert errors.count("\n") == 1
    assert process.returncode == 74


FILLS = """
with publish(options.root / "features", Recipe("fake", {}, {})) as draft:
    (draft.folder / "large.npy").write_bytes(os.urandom(1_000_000))
"""


def test_a_full_disk(tmp_path: Path):
    """A volume that is really full: exit 73, a line that names the folder, nothing half-written."""
    on_it = small_volume(tmp_path, "size=100k")
    if not on_it:
        pytest.skip("no small volume can be mounted here")
    listing = ["sh", "-c", f"\"$@\"; code=$?; ls -A '{tmp_path}'; exit $code", "sh"]
    done = subprocess.run(
        [*on_it, *listing, *script(FILLS), "--root", str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stderr == (
        f"mammo: cannot write {tmp_path}/features: No space left on device: "
        "make room, then run the same command\n"
    )
    assert (done.returncode, done.stdout) == (73, "")


def test_a_full_disk_while_a_file_is_written(
    pretend: Pretend, mammo: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The same without a small volume: fsync() says that there is no room."""

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def run(options, watch) -> None:
        with publish(tmp_path / "features", Recipe("fake", {}, {})) as draft:
            (draft.folder / "a.npy").write_bytes(bytes(10))

    monkeypatch.setattr(os, "fsync", full)
    pretend(run)
    code, line = mammo("fake")
    assert code == 73
    assert line.startswith(f"cannot write {tmp_path}/features: No space left on device: ")
    assert list(tmp_path.iterdir()) == []


def test_the_version(capsys: pytest.CaptureFixture[str]):
    """`mammo --version` names the version that is installed."""
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"mammo {importlib.metadata.version('mammo')}\n"
