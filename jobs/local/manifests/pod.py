"""A Job's pod as calls of mammo: its arguments and variables, with this machine's paths."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from jobs.local.manifests.located_yaml import Field
from jobs.local.manifests.references import Cluster

_POD = {"containers", "volumes"}
_POD_LEFT = {
    "affinity",
    "automountServiceAccountToken",
    "enableServiceLinks",
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
_CONTAINER_LEFT = {"image", "imagePullPolicy", "name", "resources", "securityContext"}
_MOUNT, _MOUNT_LEFT = {"mountPath", "name"}, {"readOnly"}
_CLAIM, _CLAIM_LEFT = {"claimName"}, {"readOnly"}
_PEERS = "--peers"
_INDEX = "JOB_COMPLETION_INDEX"  # which the Job controller adds to an Indexed Job's variables

# $(NAME), and $$ for a dollar: Kubernetes API reference, Container v1, command and args.
_REFERENCE = re.compile(r"\$(?:\$|\(([A-Za-z_.-][A-Za-z0-9_.-]*)\))")

_Place = Path | Field | None
"""What is mounted: a claim's folder, a ConfigMap by its name, or an emptyDir: None."""


@dataclass(frozen=True)
class Step:
    """One call of mammo: a Job, or one index of an Indexed Job.

    Attributes:
        parallelism: how many of its Job may run at once.
    """

    job: str
    index: int | None
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    file: Path | None = None
    parallelism: int = 1

    @property
    def name(self) -> str:
        """The Job's name, and the index where it has one."""
        return self.job if self.index is None else f"{self.job} {self.index}"


class Pod:
    """The only container of a Job's pod: what it finds at its paths and in its variables."""

    def __init__(self, job: Field, cluster: Cluster) -> None:
        """Raises ConfigError where the pod is more than one call of mammo."""
        pod = job.at("spec.template.spec", dict)
        pod.allow(_POD, _POD_LEFT)
        containers = pod.get("containers", list)
        if len(containers.value) != 1:
            containers.fail("must be one container", len(containers.value))
        (container,) = containers.items()
        container.allow(_CONTAINER, _CONTAINER_LEFT)
        command = container.get("command", list)
        if command.value != ["mammo"]:
            command.fail("must be [mammo]", command.value)
        self._job, self._cluster = job, cluster
        self._arguments = container.get("args", list).items()
        for argument in self._arguments:
            if argument.value == _PEERS:
                argument.fail("asks for pods that call each other: mammo study has none of them")
        self._variables = _variables(container, cluster)
        self._mounts = _mounts(pod, container, cluster)

    def step(self, index: int | None) -> Step:
        """What the pod of an index calls.

        Raises:
            ConfigError: an argument refers to no variable, or is a path that nothing lies at.
        """
        added = {} if index is None else {_INDEX: str(index)}
        variables = {name: text.value for name, text in self._variables.items()} | added
        arguments = (_expand(each, variables) for each in self._arguments)
        return Step(
            job=self._job.text("metadata.name"),
            index=index,
            arguments=tuple(self._argument(each) for each in arguments),
            environment=self._environment() | added,
            file=self._job.file,
            parallelism=self._job.at("spec", dict).get("parallelism", int, 1).value,
        )

    def _argument(self, argument: Field) -> str:
        option, _, value = argument.value.rpartition("=")
        if not value.startswith("/"):
            return argument.value
        if (mount := self._mount_of(value)) is None:
            argument.fail("must be a path on a mounted volume", value)
        if self._mounts[mount] is None:
            argument.fail("must not lie in an emptyDir, which ends with its pod", value)
        path = self._local(Field(value, argument.file, argument.path), mount)
        return f"{option}={path}" if option else str(path)

    def _environment(self) -> dict[str, str]:
        """The variables, but for those that point into an emptyDir.

        They stand for what a container lacks: this machine has a home and a place for temporary
        files.
        """
        found = {}
        for name, text in self._variables.items():
            mount = self._mount_of(text.value)
            if mount is None:
                found[name] = text.value
            elif self._mounts[mount] is not None:
                found[name] = str(self._local(text, mount))
        return found

    def _mount_of(self, path: str) -> PurePosixPath | None:
        """The innermost mount path that a path lies in."""
        around = [mount for mount in self._mounts if PurePosixPath(path).is_relative_to(mount)]
        return max(around, key=lambda mount: len(mount.parts), default=None)

    def _local(self, path: Field, mount: PurePosixPath) -> Path:
        """Where a path that lies in a mount lies on this machine."""
        place, inner = self._mounts[mount], PurePosixPath(path.value).relative_to(mount)
        if isinstance(place, Field):
            return self._cluster.entry_file(place, Field(str(inner), path.file, path.path))
        assert place is not None
        return place / inner


def _variables(container: Field, cluster: Cluster) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for each in container.get("env", list, []).items():
        name = each.text("name")
        if "valueFrom" in each.value:
            source = each.get("valueFrom", dict)
            source.allow({"configMapKeyRef"})
            reference = source.get("configMapKeyRef", dict)
            key = reference.get("key", str)
            text = cluster.entry(reference.get("name", str), key)
            found[name] = Field(text, key.file, key.path)
        else:
            known = {name: text.value for name, text in found.items()}
            found[name] = _expand(each.get("value", str), known)
    return found


def _mounts(pod: Field, container: Field, cluster: Cluster) -> dict[PurePosixPath, _Place]:
    volumes = {each.text("name"): each for each in pod.get("volumes", list, []).items()}
    found = {}
    for mount in container.get("volumeMounts", list, []).items():
        mount.allow(_MOUNT, _MOUNT_LEFT)
        name = mount.get("name", str)
        if name.value not in volumes:
            name.fail("names a volume that the pod does not have", name.value)
        found[PurePosixPath(mount.text("mountPath"))] = _place(volumes[name.value], cluster)
    return found


def _place(volume: Field, cluster: Cluster) -> _Place:
    volume.allow({"name", "persistentVolumeClaim", "configMap", "emptyDir"})
    if "persistentVolumeClaim" in volume.value:
        claim = volume.get("persistentVolumeClaim", dict)
        claim.allow(_CLAIM, _CLAIM_LEFT)
        return cluster.claim(claim.get("claimName", str))
    if "configMap" in volume.value:
        config_map = volume.get("configMap", dict)
        config_map.allow({"name"})
        name = config_map.get("name", str)
        cluster.find("ConfigMap", name)
        return name
    volume.get("emptyDir", dict)
    return None


def _expand(text: Field, variables: Mapping[str, str]) -> Field:
    """Replaces $(NAME) as Kubernetes does, but for an unknown name, which is an error here."""
    if not isinstance(text.value, str):
        text.fail("must be a text", text.value)

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match[1] not in variables:
            text.fail(f"must refer to variables of env; $({match[1]}) is none", text.value)
        return variables[match[1]]

    return Field(_REFERENCE.sub(value, text.value), text.file, text.path)
