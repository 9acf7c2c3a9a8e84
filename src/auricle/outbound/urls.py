"""Reads an address that somebody named, and refuses what no honest address looks like.

No text of an error repeats the address: its user part and its query may hold secrets.
"""

from __future__ import annotations

import re

import httpx

from auricle.errors import InvalidUrl
from auricle.outbound.policy import Policy, literal_address

MAX_URL_CHARACTERS = 8192
_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"(?=.{1,254}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?")


def checked(url: str, policy: Policy) -> httpx.URL:
    """The address in parts. Raises InvalidUrl, or RefusedAddress for a private one; asks no name server."""
    parsed = _parsed(url)
    if parsed.scheme not in _PORTS:
        raise InvalidUrl("The address must begin with http:// or https://.")
    if parsed.userinfo:
        raise InvalidUrl("The address must hold no user name or password; sign it in its query instead.")
    if not 1 <= port_of(parsed) <= 65535:
        raise InvalidUrl(f"The port of an address is from 1 to 65535, got {port_of(parsed)}.")
    host = host_of(parsed)
    address = literal_address(host)
    if address is not None:
        policy.require(host, port_of(parsed), address)
    elif not _NAME.fullmatch(host):
        raise InvalidUrl("The address must name a host, as in https://example.com/data.zip.")
    return parsed


def redirected(url: httpx.URL, location: str, policy: Policy) -> httpx.URL:
    """Where a redirect from `url` leads, checked as any other address; nothing leads from https to http."""
    try:
        target = checked(str(url.join(location)), policy)
    except (httpx.InvalidURL, UnicodeError):
        raise InvalidUrl(f"{host_of(url)} redirects to an address that cannot be read.") from None
    if url.scheme == "https" and target.scheme == "http":
        raise InvalidUrl(f"{host_of(url)} redirects from https to http, which is not followed.")
    return target


def host_of(url: httpx.URL) -> str:
    """The host as it is looked up: lower case, ASCII, no brackets."""
    return url.raw_host.decode("ascii")


def port_of(url: httpx.URL) -> int:
    """The port, by the scheme if the address names none."""
    return _PORTS[url.scheme] if url.port is None else url.port


def _parsed(url: str) -> httpx.URL:
    if len(url) > MAX_URL_CHARACTERS:
        raise InvalidUrl(f"The address must be no longer than {MAX_URL_CHARACTERS} characters, got {len(url)}.")
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        raise InvalidUrl("The address cannot be read as a URL.") from None
