"""Absolute links, on the address by which the caller reached us.

That address is the configured one; without it, what a trusted proxy forwarded; else the request's own host. Proxies
are trusted by their network address, because anybody may send the headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from starlette.types import Scope

from auricle.api.speechtotext.versions import Version
from auricle.errors import ConfigurationError, InvalidRequest

_HOST = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?", re.ASCII)
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]{1,64}){0,8}", re.ASCII)
_FORWARDED = re.compile(r'\s*(?P<name>[A-Za-z]+)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<plain>[^;,"]*))', re.ASCII)
_FORWARDED_CHARACTERS = 1024  # of one entry; proxies hand on what others wrote, and matching takes squared time
_SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True)
class Links:
    """Where things are, for one caller and version."""

    origin: str  # scheme, host and prefix, without a slash at the end
    version: Version

    @cached_property
    def base(self) -> str:
        """The root of this version of the API."""
        return f"{self.origin}/speechtotext/{self.version.value}"

    @cached_property
    def web_socket_origin(self) -> str:
        """The origin for WebSockets."""
        return "ws" + self.origin.removeprefix("http")

    def to(self, collection: str, id: str) -> str:
        """The address of an entity."""
        return f"{self.base}/{collection}/{id}"


class Origins:
    """Finds out by which address a request reached us."""

    def __init__(self, *, public_url: str | None, trusted_proxies: Iterable[str]) -> None:
        self._public_url = public_url.rstrip("/") if public_url else None
        self._trusted = [_network(text) for text in trusted_proxies]

    def of(self, scope: Scope, headers: Mapping[str, str]) -> str:
        """Scheme, host and prefix; `headers` by names in lower case. Raises InvalidRequest when the host is none."""
        if self._public_url is not None:
            return self._public_url
        told = _forwarded(headers) if self._is_trusted(scope) else {}
        scheme = told.get("proto") or scope["scheme"]
        host = told.get("host") or headers.get("host") or _own_host(scope)
        if not _HOST.fullmatch(host) or scheme not in _SCHEMES:
            raise InvalidRequest(f"Expected a host and port in the header Host, got {host[:100]!r}.")
        prefix = told.get("prefix", "").rstrip("/")
        return f"{scheme}://{host}{prefix if _PREFIX.fullmatch(prefix) else ''}"

    def _is_trusted(self, scope: Scope) -> bool:
        client = scope.get("client")
        if not client:
            return False
        try:
            address = ip_address(client[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._trusted)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ConfigurationError(
            f"The setting trusted_proxies names no network: {text!r}, such as 10.0.0.0/8."
        ) from error


def _forwarded(headers: Mapping[str, str]) -> dict[str, str]:
    """What the proxy in front says: proto, host and prefix. It added the last entry; those before may be anybody's."""
    told: dict[str, str] = {}
    if standard := headers.get("forwarded"):
        nearest = standard.rpartition(",")[2][:_FORWARDED_CHARACTERS]
        for match in _FORWARDED.finditer(nearest):
            told[match["name"].lower()] = (match["quoted"] or match["plain"] or "").strip()
    for name in ("proto", "host", "prefix"):
        if value := headers.get(f"x-forwarded-{name}"):
            told.setdefault(name, value.rpartition(",")[2].strip())
    if "proto" in told:
        told["proto"] = told["proto"].lower()
    return told


def _own_host(scope: Scope) -> str:
    host, port = scope.get("server") or ("localhost", None)
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{port}" if port else host
