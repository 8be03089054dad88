"""Whom the pods of k8s/ may talk to."""

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.k8s.checks.documents import named, read
from tests.k8s.checks.network import NOT_PUBLIC

(WEIGHTS,) = named(read(Path(__file__).parents[2] / "k8s/network.yaml"), "NetworkPolicy", "weights")
BLOCKS = [peer["ipBlock"] for peer in WEIGHTS["spec.egress"].items()[0]["to"].items()]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_reached(address: _Address) -> bool:
    """Whether `weights` may open a connection to an address."""
    return any(
        address in ipaddress.ip_network(block["cidr"].value)
        and not any(address in ipaddress.ip_network(each) for each in block["except"].value)
        for block in BLOCKS
    )


@given(st.ip_addresses())
def test_no_address_that_is_not_public_is_reached(address: _Address):
    """Whatever Python's ipaddress knows as special, and what the checks do."""
    known = any(address in network for network in NOT_PUBLIC if network.version == address.version)
    if known or not address.is_global or address.is_multicast:
        assert known and not is_reached(address)


@pytest.mark.parametrize("network", NOT_PUBLIC, ids=str)
def test_the_ends_of_each_range_are_not_reached(network: ipaddress.IPv4Network):
    """The first and the last address."""
    assert not is_reached(network[0]) and not is_reached(network[-1])


@pytest.mark.parametrize("address", ["8.8.8.8", "172.15.255.255", "11.0.0.1", "2a00:1450:4001::1"])
def test_public_addresses_are_reached(address: str):
    """Those beside private ranges, too."""
    assert is_reached(ipaddress.ip_address(address))
