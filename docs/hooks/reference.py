"""Commands, configuration keys and exit codes, from the code that defines them, as Markdown."""

import argparse
import dataclasses
import functools
import html
import importlib
import inspect
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import yaml

from jobs import cli
from jobs.common import errors
from jobs.config.schema import parse
from jobs.config.study import Study, plain

K8S = Path(__file__).parents[2] / "k8s"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def commands() -> str:
    """Every command of mammo with its options, from the parsers themselves."""
    return "\n\n".join(_command(name) for name in cli.COMMANDS)


def _command(name: str) -> str:
    stage = importlib.import_module(f"jobs.stages.{name}")
    parser = argparse.ArgumentParser(
        prog=f"mammo {name}",
        add_help=False,
        formatter_class=lambda prog: argparse.HelpFormatter(prog, width=80),
    )
    stage.add_arguments(parser)
    rows = [(_option(action), *_default_and_meaning(parser, action)) for action in parser._actions]
    return "\n\n".join(
        (
            f"## mammo {name} {{ #{name} }}",
            html.escape(inspect.cleandoc(stage.__doc__ or ""), quote=False),
            f"```text\n{parser.format_usage()}```",
            table(("option", "default", "meaning"), rows),
        )
    )


def _option(action: argparse.Action) -> str:
    """An option as it is typed: its names, and what follows them."""
    value = "" if action.nargs == 0 else action.metavar or action.dest.upper()
    words = [", ".join(action.option_strings), str(value), "..." if action.nargs == "+" else ""]
    return f"`{' '.join(filter(None, words))}`"


def _default_and_meaning(
    parser: argparse.ArgumentParser, action: argparse.Action
) -> tuple[str, str]:
    """The two halves of an option's help: what holds without it stands in brackets at its end."""
    text = html.escape(parser._get_formatter()._expand_help(action), quote=False)
    meaning, _, default = text.removesuffix(")").partition(" (default: ")
    return ("required", meaning) if action.required else (default, meaning)


def configuration() -> str:
    """Every key of study.yaml, from the dataclasses and from the comments in k8s/."""
    comments = _comments()
    sections: dict[str, list[tuple[str, ...]]] = {}
    for name, hint in get_type_hints(Study).items():
        if dataclasses.is_dataclass(hint):
            keys = [_key(f"{name}.{field.name}", comments) for field in dataclasses.fields(hint)]
            sections[f"## {name}\n\n{inspect.getdoc(hint)}"] = keys
        else:
            sections.setdefault("## At the top", []).append(_key(name, comments))
    head = ("key", "default", "meaning", "allowed")
    return "\n\n".join(f"{title}\n\n{table(head, rows)}" for title, rows in sections.items())


def _key(key: str, comments: dict[str, str]) -> tuple[str, ...]:
    """The row of a key; KeyError where k8s/study-config.yaml says nothing of it."""
    hint: Any = Study
    default: Any = plain(Study())
    for name in key.split("."):
        hint, default = get_type_hints(hint)[name], default[name]
    return (
        f'<code id="{key}">{key}</code>',
        f"`{yaml.safe_dump(default, default_flow_style=True).splitlines()[0]}`",
        html.escape(comments[key], quote=False),
        "; ".join((_type(hint), *_rules(key, hint))),
    )


def _comments() -> dict[str, str]:
    """The comment behind each key of the ConfigMap's study.yaml."""
    config_map = yaml.safe_load((K8S / "study-config.yaml").read_text(encoding="utf-8"))
    comments = {}
    section = ""
    for line in config_map["data"]["study.yaml"].splitlines():
        if found := re.match(r"(?P<indent> *)(?P<key>\w+):.*?(?:  # (?P<comment>.*))?$", line):
            section = section if found["indent"] else found["key"]
            key = f"{section}.{found['key']}" if found["indent"] else found["key"]
            if found["comment"]:
                comments[key] = found["comment"]
    return comments


_TYPES = {bool: "true or false", int: "whole number", float: "number", str: "text"}


def _type(hint: Any) -> str:
    items = get_args(hint)
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in items)
    if get_origin(hint) is Union:
        return " or ".join(map(_type, reversed(items)))
    if get_origin(hint) is tuple:
        count = "" if items[-1] is Ellipsis else f"{len(items)} "
        return f"list of {count}{_TYPES[items[0]]}s"
    return _TYPES[hint]


def _rules(key: str, hint: Any) -> list[str]:
    """What a key's value must be, in the words of the errors for values far out of range."""
    items = get_args(hint)
    if get_origin(hint) is tuple:
        probes: list[Any] = (
            [[]] if items[-1] is Ellipsis else [[-1] * len(items), [10**12] * len(items)]
        )
    elif {hint, *items} & {int, float}:
        probes = [-1, 10**12]
    else:
        probes = []
    refused = [rule for rule in (_refusal(key, probe) for probe in probes) if rule]
    return list(dict.fromkeys(refused))


def _refusal(key: str, value: Any) -> str | None:
    """The rule that a value breaks, such as `at least 1`; None where the value is allowed."""
    document = functools.reduce(lambda inner, name: {name: inner}, reversed(key.split(".")), value)
    try:
        parse(Study, document, "")
    except errors.ConfigError as error:
        rule = re.match(rf"{re.escape(key)} must be (.*); got ", str(error))
        return rule[1] if rule else None
    return None


def exit_codes() -> str:
    """Each exit code, the errors that carry it, and what a Job does about it."""
    classes = [cls for _, cls in inspect.getmembers(errors, inspect.isclass)]
    rows = []
    for code in errors.ExitCode:
        carriers = [cls for cls in classes if getattr(cls, "exit_code", None) is code]
        meanings = [inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0] for cls in carriers]
        rows.append(
            (f"`{code.value}`", "<br>".join(meanings) or "Done, or up to date.", _job(code))
        )
    return table(("code", "meaning", "the Job"), rows)


def _job(code: errors.ExitCode) -> str:
    """What the failure policy of a Job makes of a code; all manifests have the same policy."""
    if code is errors.ExitCode.OK:
        return "is complete"
    documents = yaml.safe_load_all((K8S / "evaluate.yaml").read_text(encoding="utf-8"))
    job = next(document["spec"] for document in documents if document["kind"] == "Job")
    for rule in job["podFailurePolicy"]["rules"]:
        if code in rule.get("onExitCodes", {}).get("values", ()):
            return _ACTIONS[rule["action"]]
    return f"is tried again, at most {job['backoffLimit']} times"


_ACTIONS = {
    "FailJob": "fails at once: the same command would fail again",
    "Ignore": "is tried again, and the try is not counted",
}
