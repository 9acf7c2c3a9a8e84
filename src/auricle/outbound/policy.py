"""Which addresses requests may go to: public ones, and private ones as far as the operator allows them.

An address that only looks public (IPv4 inside IPv6, NAT64, 6to4) is judged by where its packets would go.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from auricle.errors import ConfigurationError, RefusedAddress

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Reach(Enum):
    """Who is at an address."""

    PUBLIC = "public"
    PRIVATE = "private"  # this machine and its own networks
    SPECIAL = "not an ordinary server's"  # link-local with the clouds' metadata services, multicast, reserved


_PRIVATE = [
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "::1/128", "fc00::/7")
]
_SPECIAL = [  # beyond what the standard library knows as not global
    ip_network(text)
    for text in (
        "100.100.100.200/32",  # metadata of Alibaba's virtual machines
        "168.63.129.16/32",  # the host agent of Azure's virtual machines
        "192.88.99.0/24",  # relays from IPv6 to IPv4
        "::/96",  # IPv4-compatible
        "64:ff9b:1::/48",  # local translation to IPv4
        "192.0.0.0/24",  # protocol assignments, among them metadata of Oracle's virtual machines
        "2001::/23",  # protocol assignments, among them Teredo
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fd00:ec2::/32",  # metadata of Amazon's virtual machines
        "fec0::/10",  # site-local
    )
]
_TRANSLATED = ip_network("64:ff9b::/96")
_ENTRY = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True, kw_only=True)
class _Allowance:
    """A name or a network that may be private, at one port or at all."""

    name: str | None = None
    network: Network | None = None
    port: int | None = None

    def covers(self, host: str, port: int, address: Address) -> bool:
        if self.port not in {None, port}:
            return False
        return self.name == host if self.network is None else address in self.network


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What the operator allows beyond public addresses. Raises ConfigurationError when a host cannot be read.

    `allow_private` opens this machine and private networks; link-local and reserved addresses open only when a host
    or network of `allowed_hosts` (`name`, `name:port`, an address or a network as 10.0.0.0/8) names them.
    """

    allow_private: bool = False
    allowed_hosts: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _ = self._allowances

    @cached_property
    def _allowances(self) -> list[_Allowance]:
        return [_allowance(entry.strip().lower()) for entry in sorted(self.allowed_hosts)]

    def require(self, host: str, port: int, address: Address) -> None:
        """Raise RefusedAddress unless requests for `host` may go to `address`."""
        whose = "" if literal_address(host) == address else f" of host {bare(host)}"
        address, name = unwrapped(address), bare(host)
        reach = reach_of(address)
        if reach is Reach.PUBLIC or (reach is Reach.PRIVATE and self.allow_private):
            return
        if any(allowance.covers(name, port, address) for allowance in self._allowances):
            return
        remedy = "--allow-private-urls or the setting allowed_hosts" if reach is Reach.PRIVATE else "allowed_hosts"
        raise RefusedAddress(f"The address {address}{whose} is {reach.value}; the operator may allow it with {remedy}.")


def reach_of(address: Address) -> Reach:
    """Who is at `address`, an address without another one inside."""
    if _among(address, _SPECIAL) and address != ip_address("::1"):
        return Reach.SPECIAL
    if _among(address, _PRIVATE):
        return Reach.PRIVATE
    special = address.is_multicast or address.is_reserved or address.is_link_local or address.is_unspecified
    return Reach.PUBLIC if address.is_global and not special else Reach.SPECIAL


def unwrapped(address: Address) -> Address:
    """The IPv4 address that packets to an IPv6 address end at, or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in _TRANSLATED:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def bare(host: str) -> str:
    """A host as names are compared: lower case, no brackets, no dot at the end."""
    return host.lower().removeprefix("[").removesuffix("]").removesuffix(".")


def literal_address(host: str) -> Address | None:
    """The address that a host spells out, in whatever notation a resolver takes (127.1, 0x7f000001), or None."""
    name = bare(host)
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(name)
    except ValueError:
        return _number(name)


def _number(name: str) -> IPv4Address | None:
    """An IPv4 address of one to four decimal, octal or hexadecimal numbers, the last filling what is left."""
    parts = name.split(".")
    if len(parts) > 4 or not all(re.fullmatch(r"0x[0-9a-f]{0,16}|[0-9]{1,20}", part) for part in parts):
        return None
    try:
        *leading, last = [_value(part) for part in parts]
    except ValueError:
        return None
    if any(value > 255 for value in leading) or last >= 256 ** (4 - len(leading)):
        return None
    return IPv4Address(sum(value << 8 * (3 - place) for place, value in enumerate(leading)) + last)


def _value(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def _among(address: Address, networks: list[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)


def _allowance(entry: str) -> _Allowance:
    network = _network(entry)
    if network is not None:
        return _Allowance(network=network)
    match = _ENTRY.fullmatch(entry)
    if match is None or int(match[2] or 1) not in range(1, 65536):
        raise ConfigurationError(
            f"allowed_hosts takes a name, name:port, an address or a network such as 10.0.0.0/8, got {entry!r}"
        )
    port = int(match[2]) if match[2] else None
    network = _network(bare(match[1]))
    return _Allowance(name=bare(match[1]) if network is None else None, network=network, port=port)


def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
