"""Words and quantities that the schema takes for any text."""

import re
from decimal import Decimal
from fnmatch import fnmatchcase

from tests.k8s.checks.documents import Node

_SELECT = {"DoesNotExist", "Exists", "In", "NotIn"}
WORDS = {
    "Deployment.*.restartPolicy": {"Always"},
    "Deployment.spec.strategy.type": {"Recreate", "RollingUpdate"},
    "Job.*.completionMode": {"Indexed", "NonIndexed"},
    "Job.*.podReplacementPolicy": {"Failed", "TerminatingOrFailed"},
    "Job.*.restartPolicy": {"Never", "OnFailure"},
    "Job.*.rules.action": {"Count", "FailIndex", "FailJob", "Ignore"},
    "Job.*.onExitCodes.operator": {"In", "NotIn"},
    "Job.*.onPodConditions.status": {"False", "True", "Unknown"},
    "NetworkPolicy.spec.policyTypes": {"Egress", "Ingress"},
    "PersistentVolumeClaim.spec.accessModes": {
        "ReadOnlyMany",
        "ReadWriteMany",
        "ReadWriteOnce",
        "ReadWriteOncePod",
    },
    "PersistentVolumeClaim.spec.volumeMode": {"Block", "Filesystem"},
    "Service.spec.type": {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"},
    "*.emptyDir.medium": {"", "Memory"},
    "*.fsGroupChangePolicy": {"Always", "OnRootMismatch"},
    "*.imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "*.ports.protocol": {"SCTP", "TCP", "UDP"},
    "*.nodeAffinity.*.matchExpressions.operator": {*_SELECT, "Gt", "Lt"},
    "*Selector.matchExpressions.operator": _SELECT,
    "*.terminationMessagePolicy": {"FallbackToLogsOnError", "File"},
    "*.tolerations.effect": {"NoExecute", "NoSchedule", "PreferNoSchedule"},
    "*.tolerations.operator": {"Equal", "Exists"},
}
"""What a field may be, by its document's kind and its path without indices."""

# Kubernetes API reference, Quantity.
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(\d+(\.\d*)?|\.\d+))(?P<unit>[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)?"
)
_AMOUNTS = re.compile(r"\bresources\.(limits|requests)\..+$|\.sizeLimit$")
_COUNTS = re.compile(
    r"\bspec\.(backoffLimit\w*|completions|maxFailedIndexes|parallelism|replicas)$|Seconds$"
)
_PORTS = re.compile(r"\bports\[\d+\]\.(containerPort|port|targetPort)$")
_INDEX = re.compile(r"\[\d+\]")
_DECIMAL = dict(zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True))
_BINARY = {f"{unit}i": 1024**power for power, unit in enumerate("KMGTPE", start=1)}


def words(documents: list[Node]) -> list[str]:
    """A field that takes one of a few words has one of them, in its case."""
    return [
        node.must(f"be one of {', '.join(sorted(known))}")
        for document in documents
        for node in document.walk()
        if isinstance(node.value, str)
        for known in _known(document["kind"].value, node.path)
        if node.value not in known
    ]


def quantities(documents: list[Node]) -> list[str]:
    """Amounts are numbers with Kubernetes' units, not below 0; those of PREFIX/NAME are whole."""
    found = []
    for node in (node for document in documents for node in document.walk()):
        if not _AMOUNTS.search(node.path):
            continue
        amount = quantity(node)
        if amount is None:
            found.append(node.must("be a quantity such as 500m, 2 or 1500Mi"))
        elif amount < 0:
            found.append(node.must("not be below 0"))
        elif "/" in node.path and amount != amount.to_integral_value():
            found.append(node.must("be a whole number"))
    return found


def quantities_as_kept(documents: list[Node]) -> list[str]:
    """A quantity is a text in the form that the API server keeps.

    Otherwise it differs from what is there whenever it is applied again, and kubectl says
    `configured` of a file that is unchanged.
    """
    return [
        node.must(f"be {kept!r}, as the API server keeps it")
        for document in documents
        for node in document.walk()
        if _AMOUNTS.search(node.path)
        if (amount := quantity(node)) is not None
        if node.value != (kept := _canonical(amount, binary=str(node.value).endswith("i")))
    ]


def numbers(documents: list[Node]) -> list[str]:
    """Counts are not below 0, ports not beyond 65535."""
    nodes = [node for document in documents for node in document.walk() if type(node.value) is int]
    found = [
        node.must("be from 1 to 65535")
        for node in nodes
        if _PORTS.search(node.path) and not 0 < node.value < 2**16
    ]
    return found + [
        node.must("not be below 0")
        for node in nodes
        if _COUNTS.search(node.path) and node.value < 0
    ]


def quantity(node: Node) -> Decimal | None:
    """A quantity as a number; None where it is none."""
    match = _QUANTITY.fullmatch(str(node.value))
    if not match:
        return None
    number, unit = Decimal(match["number"]), match["unit"] or ""
    if unit in _BINARY:
        return number * _BINARY[unit]
    return number.scaleb(_DECIMAL[unit] if unit in _DECIMAL else int(unit[1:] or 0))


def _canonical(amount: Decimal, binary: bool) -> str:
    """An amount in the largest unit that leaves it whole."""
    if not amount:
        return "0"
    sizes = _BINARY if binary else {unit: Decimal(1).scaleb(n) for unit, n in _DECIMAL.items()}
    whole = [(size, unit) for unit, size in {"": 1, **sizes}.items() if amount % size == 0]
    size, unit = max(whole, default=(Decimal(1), ""))
    return f"{(amount / size).normalize():f}{unit}"


def _known(kind: str, path: str) -> list[set[str]]:
    place = f"{kind}.{_INDEX.sub('', path)}"
    return [known for pattern, known in WORDS.items() if fnmatchcase(place, pattern)]
