"""How this process came about: its command line, and the processor that it runs on."""

import functools
import platform
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_HIDDEN = "..."
_hidden: set[str] = set()
"""The arguments of this process that `hidden_path` has read."""
_MODEL = re.compile(r"^(?:model name|Model)\s*:\s*(.+)$", re.MULTILINE)


def command_line(arguments: Sequence[str] | None = None) -> str:
    """The command line as a shell takes it; of an absolute path, only its last part.

    The folders above say who ran it and where, and are of no use on another machine. Of what
    `hidden_path` has read, there is nothing: `...` stands for one or more.

    Args:
        arguments: the program and its arguments; by default this process's.

    Examples:
        >>> command_line(["/opt/bin/mammo", "train", "--root", "/home/someone/root", "--fold", "0"])
        'mammo train --root root --fold 0'
        >>> command_line(["mammo", "study", "--release=/data/INbreast Release 1.0"])
        "mammo study '--release=INbreast Release 1.0'"
    """
    program, *rest = sys.argv if arguments is None else arguments
    words = [Path(program).name]
    for word in map(_shown, rest):
        if word != _HIDDEN or words[-1] != _HIDDEN:
            words.append(word)
    return shlex.join(words)


def hidden_path(text: str) -> Path:
    """The path that an argument is, which must not be recorded: its name may name a person."""
    _hidden.add(text)
    return Path(text)


def _shown(argument: str) -> str:
    if argument in _hidden:
        return _HIDDEN
    option, equals, value = argument.partition("=")
    if equals and value in _hidden:
        return f"{option}{equals}{_HIDDEN}"
    option, equals, value = argument.rpartition("=")
    return f"{option}{equals}{Path(value).name}" if value.startswith("/") else argument


@functools.cache
def processor_name(cpuinfo: Path = _CPUINFO) -> str:
    """The model of the CPU, as Linux names it; else the kind of machine, such as aarch64."""
    try:
        found = _MODEL.search(cpuinfo.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.machine()
