"""A folder of manifests -> the steps of a study, in the order in which they run."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from jobs.common.errors import ConfigError, UsageError
from jobs.local.manifests.job import steps_of
from jobs.local.manifests.pod import Step
from jobs.local.manifests.references import LocalInputs
from jobs.local.manifests.render import load_manifests
from jobs.local.manifests.unsupported import Notes

Parse = Callable[[Sequence[str]], argparse.Namespace]
"""The options of a command line of mammo."""


def read_steps(
    folder: Path,
    local: LocalInputs,
    phantom: Step | None,
    parse: Parse,
    order: Sequence[str],
) -> tuple[list[Step], Notes]:
    """The steps of a folder's Jobs, and notes on what differs from a cluster.

    Args:
        folder: the manifests.
        local: what takes the place of a cluster's volumes and ConfigMap.
        phantom: what makes a release, if the manifests do not; None where there is one.
        parse: parses a command line.
        order: the commands, in the order in which they run; manifests may have any.

    Raises:
        ConfigError: a manifest, or a command line in it, cannot run on this machine.
        UsageError: there is a release, and the manifests make one.
    """
    steps, notes = steps_of(load_manifests(folder), local)
    if not steps:
        raise ConfigError(
            f"{folder} has no Job that runs a command of mammo; give a folder of manifests"
        )
    makers = [step for step in steps if step.arguments[0] == "phantom"]
    if makers and not phantom:
        raise UsageError(
            f"--release must not be given: {makers[0].where} makes a release of its own, and would "
            "write it into yours"
        )
    if phantom and not makers:
        steps.insert(0, phantom)
    parsed = [_with_options(step, parse) for step in steps]
    return sorted(parsed, key=lambda step: order.index(step.options.command)), notes


def _with_options(step: Step, parse: Parse) -> Step:
    """The step with its options; raises ConfigError, naming its place, if they are wrong."""
    try:
        options = parse(step.arguments)
    except UsageError as error:
        raise ConfigError(f"{step.where}: args of {step.job}: {error}") from error
    del options.stage  # a module, which cannot be sent to another process
    return dataclasses.replace(step, options=options)
