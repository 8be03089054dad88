"""What one part of the manifests names is there in another."""

from tests.k8s.checks.documents import Node, containers, named, pods

_VOLUMES = {
    "configMap": ("name", "ConfigMap"),
    "persistentVolumeClaim": ("claimName", "PersistentVolumeClaim"),
    "secret": ("secretName", "Secret"),
}
_VARIABLES = {"configMapKeyRef": "ConfigMap", "secretKeyRef": "Secret"}
_ALL_VARIABLES = {"configMapRef": "ConfigMap", "secretRef": "Secret"}


def volumes_there(documents: list[Node]) -> list[str]:
    """A mount names a volume of its pod."""
    return [
        mount["name"].must("be a volume of the pod")
        for pod in pods(documents)
        for container in containers(pod)
        for mount in container["volumeMounts"].items()
        if mount["name"].value not in [each["name"].value for each in pod["volumes"].items()]
    ]


def sources_there(documents: list[Node]) -> list[str]:
    """A volume says what it is, and a variable its value: none is empty by mistake."""
    found = []
    for pod in pods(documents):
        found += [
            volume.must("have one source")
            for volume in pod["volumes"].items()
            if len(volume.fields().keys() - {"name"}) != 1
        ]
        found += [
            variable.must("have a value, or one valueFrom")
            for container in containers(pod)
            for variable in container["env"].items()
            if len(variable.fields().keys() & {"value", "valueFrom"}) != 1
            or ("valueFrom" in variable.fields() and len(variable["valueFrom"].fields()) != 1)
        ]
    return found


def objects_there(documents: list[Node]) -> list[str]:
    """Claims, ConfigMaps, Secrets, ServiceAccounts and a subdomain's Service are in the set."""
    every = [pair for pod in pods(documents) for pair in _names(pod)]
    found = [
        name.must(f"be a {kind} of this set")
        for kind, name in every
        if not named(documents, kind, name.value)
    ]
    return found + [
        name.must("be a headless Service: clusterIP None")
        for kind, name in every
        if kind == "Service"
        for service in named(documents, kind, name.value)
        if service["spec.clusterIP"].value != "None"
    ]


def entries_there(documents: list[Node]) -> list[str]:
    """A variable or a mounted file that is an entry of a ConfigMap of the set."""
    found = []
    for pod in pods(documents):
        keys = [
            (each["valueFrom.configMapKeyRef.name"], each["valueFrom.configMapKeyRef.key"])
            for container in containers(pod)
            for each in container["env"].items()
        ]
        keys += [
            (volume["configMap.name"], item["key"])
            for volume in pod["volumes"].items()
            for item in volume["configMap.items"].items()
        ]
        for name, key in keys:
            maps = named(documents, "ConfigMap", name.value)
            if any(key.value not in each["data"].fields() for each in maps):
                found.append(key.must(f"be an entry of the ConfigMap {name.value}"))
    return found


def _names(pod: Node) -> list[tuple[str, Node]]:
    """The kind and the name of each document that a pod refers to."""
    found = [("ServiceAccount", pod["serviceAccountName"])]
    if pod["subdomain"].value is not None:
        found.append(("Service", pod["subdomain"]))
    for volume in pod["volumes"].items():
        found += [
            (kind, volume[field][name])
            for field, (name, kind) in _VOLUMES.items()
            if volume[field].value is not None
        ]
    for container in containers(pod):
        found += _sources([each["valueFrom"] for each in container["env"].items()], _VARIABLES)
        found += _sources(container["envFrom"].items(), _ALL_VARIABLES)
    return found


def _sources(nodes: list[Node], kinds: dict[str, str]) -> list[tuple[str, Node]]:
    return [
        (kind, node[field]["name"])
        for node in nodes
        for field, kind in kinds.items()
        if node[field].value is not None
    ]
