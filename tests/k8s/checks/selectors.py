"""Selectors find the pods that they are meant for."""

from tests.k8s.checks.documents import Node, containers, of_kind, templates


def selectors(documents: list[Node]) -> list[str]:
    """A Deployment selects its own pods; a Service and a NetworkPolicy select some."""
    found = [
        deployment["spec.selector"].must("select the pods of its own template")
        for deployment in of_kind(documents, "Deployment")
        if not deployment["spec.selector"].value
        or not _selects(deployment["spec.selector"], deployment["spec.template"])
    ]
    chosen = [each["spec.selector"] for each in of_kind(documents, "Service")]
    for policy in of_kind(documents, "NetworkPolicy"):
        chosen += [policy["spec.podSelector"], *_peers(policy)]
    return found + [
        selector.must("select a pod of this set")
        for selector in chosen
        if not any(_selects(selector, template) for template in templates(documents))
    ]


def isolated(documents: list[Node]) -> list[str]:
    """Where there are NetworkPolicies, each pod has one for either way: what is unsaid is open."""
    policies = of_kind(documents, "NetworkPolicy")
    return [
        template["metadata.labels"].must(f"be selected by a NetworkPolicy for {way}")
        for way in ("Egress", "Ingress")
        for template in templates(documents)
        if policies
        and not any(
            way in (policy["spec.policyTypes"].value or [])
            and _selects(policy["spec.podSelector"], template)
            for policy in policies
        )
    ]


def ports_there(documents: list[Node]) -> list[str]:
    """A Service names a port of each pod that it selects, and a probe one of its container."""
    found = [
        line
        for template in templates(documents)
        for container in containers(template["spec"])
        for line in _probes_wrong(container)
    ]
    for service in of_kind(documents, "Service"):
        selected = [
            template
            for template in templates(documents)
            if _selects(service["spec.selector"], template)
        ]
        for port in service["spec.ports"].items():
            target = port["targetPort"]
            if isinstance(target.value, str) and any(
                target.value not in _port_names(template) for template in selected
            ):
                found.append(target.must("be a port of the pods that the Service selects"))
    return found


def _peers(policy: Node) -> list[Node]:
    """The selectors of those whom a policy lets in or out to, in the policy's own namespace."""
    peers = [
        peer
        for way, end in (("ingress", "from"), ("egress", "to"))
        for rule in policy["spec"][way].items()
        for peer in rule[end].items()
    ]
    return [
        peer["podSelector"]
        for peer in peers
        if peer["podSelector"].value is not None and peer["namespaceSelector"].value is None
    ]


def _selects(selector: Node, template: Node) -> bool:
    """Whether pods of a template have the labels; a Service's selector is labels and no more."""
    labels = template["metadata.labels"].value or {}
    wanted = selector.value or {}
    if selector.where.split(": ")[1].startswith("Service/"):
        return bool(wanted) and wanted.items() <= labels.items()
    expressions = selector["matchExpressions"].items()
    wanted = selector["matchLabels"].value or {}
    return wanted.items() <= labels.items() and all(_holds(each, labels) for each in expressions)


def _holds(expression: Node, labels: dict[str, str]) -> bool:
    there = labels.get(expression["key"].value)
    values = expression["values"].value or []
    return {
        "In": there in values,
        "NotIn": there not in values,
        "Exists": there is not None,
        "DoesNotExist": there is None,
    }.get(expression["operator"].value, False)


def _probes_wrong(container: Node) -> list[str]:
    known = {port["name"].value for port in container["ports"].items()}
    asked = [
        container[probe][way]["port"]
        for probe in ("livenessProbe", "readinessProbe", "startupProbe")
        for way in ("httpGet", "tcpSocket")
    ]
    return [
        port.must("be a port of the container")
        for port in asked
        if isinstance(port.value, str) and port.value not in known
    ]


def _port_names(template: Node) -> set[str]:
    every = [port for each in containers(template["spec"]) for port in each["ports"].items()]
    return {port["name"].value for port in every}
