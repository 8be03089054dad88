"""What NetworkPolicies let through: named pods, public addresses, the cluster's own resolver.

Sources: Kubernetes API reference, NetworkPolicySpec; IANA's special-purpose address registries, as
Python's ipaddress has them.
"""

import ipaddress
from collections.abc import Iterator

from tests.k8s.checks.documents import Node, of_kind

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_DNS = 53
_RESOLVER = {"k8s-app": "kube-dns"}
_SYSTEM = {"kubernetes.io/metadata.name": "kube-system"}

_RANGES = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "::/8",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/8",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
]
NOT_PUBLIC = [ipaddress.ip_network(text) for text in _RANGES]
"""Private, shared, link-local, documentation and multicast; and IPv6 that has IPv4 inside."""


def peers_named(documents: list[Node]) -> list[str]:
    """A rule says whom it lets in, and where it lets out to: left out, that is everybody."""
    return [
        rule[end].must(f"name who may be at the other end of {way}")
        for policy in of_kind(documents, "NetworkPolicy")
        for way, end in (("ingress", "from"), ("egress", "to"))
        for rule in policy["spec"][way].items()
        if not rule[end].value
    ]


def addresses_public(documents: list[Node]) -> list[str]:
    """A block of addresses has no private range in it."""
    found = []
    for block in _blocks(documents):
        cidr, excepted = _network(block["cidr"]), [_network(n) for n in block["except"].items()]
        if cidr is None:
            continue
        outside = [network for network in NOT_PUBLIC if _overlap(network, cidr)]
        left = [each for each in outside if not any(_within(each, one) for one in excepted)]
        if left:
            found.append(block.must(f"leave out {', '.join(map(str, left))}"))
    return found


def blocks_well_formed(documents: list[Node]) -> list[str]:
    """A block is a network, and its exceptions are smaller ones within it: the API refuses others.

    Network addresses, not addresses of hosts: some plug-ins refuse those.
    """
    found = []
    for block in _blocks(documents):
        cidr = _network(block["cidr"])
        found += [
            node.must("be a network, such as 10.0.0.0/8")
            for node in (block["cidr"], *block["except"].items())
            if _network(node) is None
        ]
        found += [
            node.must(f"lie within {cidr}")
            for node in block["except"].items()
            if cidr and (network := _network(node)) and not _strictly_within(network, cidr)
        ]
    return found


def names_of_the_cluster(documents: list[Node]) -> list[str]:
    """Port 53 is open to the cluster's resolver, and to nothing else."""
    return [
        peer.must("be the cluster's resolver, as its port is 53")
        for policy in of_kind(documents, "NetworkPolicy")
        for rule in policy["spec.egress"].items()
        if any(port["port"].value == _DNS for port in rule["ports"].items())
        for peer in rule["to"].items()
        if peer["podSelector.matchLabels"].value != _RESOLVER
        or peer["namespaceSelector.matchLabels"].value != _SYSTEM
    ]


def _blocks(documents: list[Node]) -> Iterator[Node]:
    for policy in of_kind(documents, "NetworkPolicy"):
        for way, end in (("ingress", "from"), ("egress", "to")):
            for rule in policy["spec"][way].items():
                blocks = (peer["ipBlock"] for peer in rule[end].items())
                yield from (block for block in blocks if block.value is not None)


def _network(node: Node) -> _Network | None:
    try:
        return ipaddress.ip_network(str(node.value))
    except ValueError:
        return None


def _overlap(one: _Network, other: _Network) -> bool:
    return one.version == other.version and one.overlaps(other)


def _within(inner: _Network, outer: _Network | None) -> bool:
    """Whether all of a network lies in another one."""
    if outer is None or inner.version != outer.version:
        return False
    return inner.network_address in outer and inner.broadcast_address in outer


def _strictly_within(inner: _Network, outer: _Network) -> bool:
    return inner != outer and _within(inner, outer)
