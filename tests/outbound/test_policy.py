from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import ConfigurationError, RefusedAddress
from auricle.outbound.policy import Policy, Reach, literal_address, reach_of, unwrapped

PRIVATE = ["127.0.0.1", "127.255.255.254", "10.0.0.5", "172.31.255.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1"]
SPECIAL = [
    "0.0.0.0",
    "169.254.169.254",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fec0::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2001:0:4136:e378::1",
    "::7f00:1",
    "64:ff9b:1::1",
]
PUBLIC = ["8.8.8.8", "20.60.0.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a01:111::1"]
SPELLINGS = ["127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "127.0.0.1.", "localhost."]


@pytest.mark.parametrize(
    ("addresses", "reach"), [(PRIVATE, Reach.PRIVATE), (SPECIAL, Reach.SPECIAL), (PUBLIC, Reach.PUBLIC)]
)
def test_every_address_is_public_private_or_special(addresses: list[str], reach: Reach) -> None:
    assert {text: reach_of(ip_address(text)) for text in addresses} == dict.fromkeys(addresses, reach)


@given(st.ip_addresses(v=4).filter(lambda address: not address.is_global or address.is_multicast))
def test_no_disguise_in_ipv6_makes_an_address_acceptable(inner: IPv4Address) -> None:
    for prefix in (0xFFFF << 32, 0x64FF9B << 96, 0):
        with pytest.raises(RefusedAddress):
            Policy().require("host", 80, IPv6Address(prefix | int(inner)))
    with pytest.raises(RefusedAddress):
        Policy().require("host", 80, IPv6Address(0x2002 << 112 | int(inner) << 80 | 1))


@pytest.mark.parametrize("text", ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"])
def test_a_public_address_inside_ipv6_is_public(text: str) -> None:
    Policy().require("host", 80, ip_address(text))


@given(st.ip_addresses())
def test_only_what_is_global_is_acceptable_without_the_operators_word(address: IPv4Address | IPv6Address) -> None:
    try:
        Policy().require("host", 443, address)
    except RefusedAddress:
        return
    assert unwrapped(address).is_global
    assert not unwrapped(address).is_multicast


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_an_address_is_read_in_every_notation_that_resolvers_take(spelling: str) -> None:
    assert literal_address(spelling) == IPv4Address("127.0.0.1")


@given(st.lists(st.sampled_from(["0", "1", "010", "0x1f", "255", "256", "08", "65536", "4294967295", "x"]), max_size=5))
def test_numbers_are_read_as_the_resolver_reads_them(parts: list[str]) -> None:
    name = ".".join(parts)
    try:
        expected = IPv4Address(socket.inet_aton(name))
    except OSError:
        return
    assert literal_address(name) == expected


def test_private_addresses_open_by_one_word_but_metadata_services_only_by_name() -> None:
    policy = Policy(allow_private=True)

    for text in (*PRIVATE, *PUBLIC):
        policy.require("host", 80, ip_address(text))
    for text in SPECIAL:
        with pytest.raises(RefusedAddress, match="allowed_hosts"):
            policy.require("host", 80, ip_address(text))
    Policy(allowed_hosts=frozenset({"169.254.0.0/16"})).require("host", 80, ip_address("169.254.169.254"))


@pytest.mark.parametrize(
    ("entry", "host", "port", "address", "allowed"),
    [
        ("files.corp", "FILES.corp.", 80, "10.0.0.5", True),
        ("files.corp", "other.corp", 80, "10.0.0.5", False),
        ("Files.Corp:8080", "files.corp", 8080, "10.0.0.5", True),
        ("files.corp:8080", "files.corp", 80, "10.0.0.5", False),
        ("10.0.0.0/24", "any", 80, "10.0.0.5", True),
        ("10.0.0.0/24", "any", 80, "10.0.1.5", False),
        ("10.0.0.5:80", "any", 80, "10.0.0.5", True),
        ("10.0.0.5:80", "any", 81, "10.0.0.5", False),
        ("127.0.0.0/8", "any", 80, "::ffff:127.0.0.1", True),
        ("[::1]:8080", "[::1]", 8080, "::1", True),
        ("::1", "any", 80, "::1", True),
        ("127.0.0.0/8", "any", 80, "::1", False),
    ],
)
def test_a_host_is_allowed_by_name_by_port_or_by_network(
    entry: str, host: str, port: int, address: str, allowed: bool
) -> None:
    policy = Policy(allowed_hosts=frozenset({entry}))
    if allowed:
        policy.require(host, port, ip_address(address))
    else:
        with pytest.raises(RefusedAddress):
            policy.require(host, port, ip_address(address))


@pytest.mark.parametrize("entry", ["http://files", "a b", "files:0", "files:99999", "", "10.0.0.0/99", "*"])
def test_an_entry_that_means_nothing_is_a_wrong_setting(entry: str) -> None:
    with pytest.raises(ConfigurationError):
        Policy(allowed_hosts=frozenset({entry}))


def test_a_refusal_says_which_address_of_which_host_and_what_the_operator_may_do() -> None:
    with pytest.raises(RefusedAddress) as refused:
        Policy().require("x.example", 80, ip_address("10.0.0.5"))

    assert not refused.value.retryable
    assert "10.0.0.5 of host x.example is private" in refused.value.message
    assert "--allow-private-urls or the setting allowed_hosts" in refused.value.message
