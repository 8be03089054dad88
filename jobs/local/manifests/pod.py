"""A Job's pod as calls of mammo: its arguments and variables, with this machine's paths."""

import argparse
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jobs.common import termination_message
from jobs.local.manifests.located_yaml import LocatedValue
from jobs.local.manifests.references import References

_POD = {"containers", "volumes"}
_POD_IGNORED = {
    "affinity",
    "automountServiceAccountToken",
    "enableServiceLinks",
    "hostUsers",
    "imagePullSecrets",
    "nodeSelector",
    "priorityClassName",
    "subdomain",
    "restartPolicy",
    "runtimeClassName",
    "securityContext",
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "tolerations",
    "topologySpreadConstraints",
}
_CONTAINER = {"args", "command", "env", "volumeMounts"}
_CONTAINER_IGNORED = {
    "image",
    "imagePullPolicy",
    "name",
    "resources",
    "securityContext",
    "terminationMessagePath",
    "terminationMessagePolicy",
}
_MOUNT, _MOUNT_IGNORED = {"mountPath", "name"}, {"readOnly"}
_CLAIM, _CLAIM_IGNORED = {"claimName"}, {"readOnly"}
_PEERS = "--peers"
_INDEX = "JOB_COMPLETION_INDEX"  # which the Job controller adds to an Indexed Job's variables

# $(NAME), and $$ for a dollar: Kubernetes API reference, Container v1, command and args.
_REFERENCE = re.compile(r"\$(?:\$|\(([A-Za-z_.-][A-Za-z0-9_.-]*)\))")

_Mounted = Path | LocatedValue | None
"""What is mounted: a claim's folder, a ConfigMap by its name, or None: an emptyDir."""


@dataclass(frozen=True)
class Step:
    """One call of mammo: a Job, or one index of an Indexed Job.

    Attributes:
        environment: the variables that the call adds to this process's.
        where: the Job's place in the manifests; empty for a step of no manifest.
        parallelism: how many of its Job may run at once.
        options: the arguments, parsed.
    """

    job: str
    index: int | None
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    where: str = ""
    parallelism: int = 1
    options: argparse.Namespace = field(default_factory=argparse.Namespace, compare=False)

    @property
    def name(self) -> str:
        """The Job's name, and the index where it has one."""
        return self.job if self.index is None else f"{self.job} {self.index}"


class PodTemplate:
    """What a Job makes its pods from: one container that calls mammo."""

    def __init__(self, job: LocatedValue, references: References) -> None:
        """Raises ConfigError where a pod is more than one call of mammo."""
        pod = job.at("spec.template.spec", dict)
        pod.allow(_POD, _POD_IGNORED)
        containers = pod.get("containers", list)
        if len(containers.value) != 1:
            containers.fail("must be one container", len(containers.value))
        (container,) = containers.items()
        container.allow(_CONTAINER, _CONTAINER_IGNORED)
        command = container.get("command", list)
        if command.value != ["mammo"]:
            command.fail("must be [mammo]", command.value)
        self._job, self._references = job, references
        self._arguments = container.get("args", list).items()
        for argument in self._arguments:
            if argument.value == _PEERS:
                argument.fail(
                    "needs pods that talk to each other: mammo study cannot run them; use a cluster"
                )
        self._variables = _variables(container, references)
        self._mounts = _mounts(pod, container, references)

    def step(self, index: int | None) -> Step:
        """What the pod of an index calls.

        Raises:
            ConfigError: an argument refers to no variable, or is a path on no volume.
        """
        added = {} if index is None else {_INDEX: str(index)}
        variables = {name: text.value for name, text in self._variables.items()} | added
        arguments = (_expand(each, variables) for each in self._arguments)
        return Step(
            job=self._job.text("metadata.name"),
            index=index,
            arguments=tuple(self._argument(each) for each in arguments),
            environment=self._environment() | added,
            where=self._job.where,
            parallelism=self._job.at("spec", dict).get("parallelism", int, 1).value,
        )

    def _argument(self, argument: LocatedValue) -> str:
        option, _, value = argument.value.rpartition("=")
        if not value.startswith("/"):
            return argument.value
        if (mount := self._mount_of(value)) is None:
            argument.fail("must be a path on a mounted volume", value)
        if self._mounts[mount] is None:
            argument.fail("must not be in an emptyDir, which ends with its pod", value)
        path = self._local_path(LocatedValue(value, argument.where, argument.path), mount)
        return f"{option}={path}" if option else str(path)

    def _environment(self) -> dict[str, str]:
        """The variables, except those that point into an emptyDir, or to a pod's last message.

        They give a container what it lacks; this machine has a home and a folder for temporary
        files, and a user who reads stderr.
        """
        found = {}
        for name, text in self._variables.items():
            if name == termination_message.VARIABLE:
                continue
            mount = self._mount_of(text.value)
            if mount is None:
                found[name] = text.value
            elif self._mounts[mount] is not None:
                found[name] = str(self._local_path(text, mount))
        return found

    def _mount_of(self, path: str) -> PurePosixPath | None:
        """The innermost mount path that contains a path."""
        around = [mount for mount in self._mounts if PurePosixPath(path).is_relative_to(mount)]
        return max(around, key=lambda mount: len(mount.parts), default=None)

    def _local_path(self, path: LocatedValue, mount: PurePosixPath) -> Path:
        """Where a path in a mount is on this machine."""
        mounted, inner = self._mounts[mount], PurePosixPath(path.value).relative_to(mount)
        if isinstance(mounted, LocatedValue):
            key = LocatedValue(str(inner), path.where, path.path)
            return self._references.entry_file(mounted, key)
        assert mounted is not None
        return mounted / inner


def _variables(container: LocatedValue, references: References) -> dict[str, LocatedValue]:
    found: dict[str, LocatedValue] = {}
    for each in container.get("env", list, []).items():
        name = each.text("name")
        if "valueFrom" in each.value:
            source = each.get("valueFrom", dict)
            source.allow({"configMapKeyRef"})
            reference = source.get("configMapKeyRef", dict)
            key = reference.get("key", str)
            text = references.entry(reference.get("name", str), key)
            found[name] = LocatedValue(text, key.where, key.path)
        else:
            known = {name: text.value for name, text in found.items()}
            found[name] = _expand(each.get("value", str), known)
    return found


def _mounts(
    pod: LocatedValue, container: LocatedValue, references: References
) -> dict[PurePosixPath, _Mounted]:
    volumes = {each.text("name"): each for each in pod.get("volumes", list, []).items()}
    found = {}
    for mount in container.get("volumeMounts", list, []).items():
        mount.allow(_MOUNT, _MOUNT_IGNORED)
        name = mount.get("name", str)
        if name.value not in volumes:
            name.fail("names a volume that the pod does not have", name.value)
        mounted = _resolve_volume(volumes[name.value], references)
        found[PurePosixPath(mount.text("mountPath"))] = mounted
    return found


def _resolve_volume(volume: LocatedValue, references: References) -> _Mounted:
    volume.allow({"name", "persistentVolumeClaim", "configMap", "emptyDir"})
    if "persistentVolumeClaim" in volume.value:
        claim = volume.get("persistentVolumeClaim", dict)
        claim.allow(_CLAIM, _CLAIM_IGNORED)
        return references.claim(claim.get("claimName", str))
    if "configMap" in volume.value:
        config_map = volume.get("configMap", dict)
        config_map.allow({"name"})
        name = config_map.get("name", str)
        references.find("ConfigMap", name)
        return name
    volume.get("emptyDir", dict)
    return None


def _expand(text: LocatedValue, variables: Mapping[str, str]) -> LocatedValue:
    """Replaces $(NAME) as Kubernetes does, except that an unknown name is an error here."""
    if not isinstance(text.value, str):
        text.fail("must be a text", text.value)

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match[1] not in variables:
            text.fail(f"must refer to a variable in env; $({match[1]}) is not there", text.value)
        return variables[match[1]]

    return LocatedValue(_REFERENCE.sub(value, text.value), text.where, text.path)
