"""Pages of lists: `skip` and `top` in, `@nextLink` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from auricle.errors import InvalidParameter, UnsupportedOrderBy, UnsupportedPagination

DEFAULT_TOP = 100
MAX_TOP = 1000  # more is brought down to this; the next link leads on
MAX_INTEGER = 2**31 - 1
_KEPT = ("sasvalidityinseconds", "filter", "state")  # of the query, in the next link
_SPELLING = {"sasvalidityinseconds": "sasValidityInSeconds"}


@dataclass(frozen=True, kw_only=True)
class Paging:
    """Which page."""

    skip: int = 0
    top: int = DEFAULT_TOP


def parse_paging(query: Mapping[str, str]) -> Paging:
    """The page that a query asks for. Raises UnsupportedPagination, and UnsupportedOrderBy when it wants an order."""
    if "orderby" in query:
        raise UnsupportedOrderBy("Lists come in the order of creation; leave orderby out.", target="orderby")
    if "skiptoken" in query:
        raise UnsupportedPagination("This list is paged by skip and top; leave skipToken out.", target="skipToken")
    skip = parse_integer(query, "skip", failure=UnsupportedPagination, least=0)
    top = parse_integer(query, "top", failure=UnsupportedPagination, least=1)
    return Paging(skip=skip or 0, top=min(top or DEFAULT_TOP, MAX_TOP))


def parse_integer(
    query: Mapping[str, str], name: str, *, failure: type[InvalidParameter], least: int, most: int = MAX_INTEGER
) -> int | None:
    """A whole number of the query; None when it is not there. Raises `failure` when it is none, or out of range."""
    text = query.get(name.lower())
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else -1
    if not least <= number <= most:
        raise failure(f"Expected {name} to be a whole number from {least} to {most}, got {text[:40]!r}.", target=name)
    return number


def paginated(
    values: Sequence[dict[str, Any]], *, address: str, query: Mapping[str, str], paging: Paging, more: bool
) -> dict[str, Any]:
    """The list as it is sent; `address` is the list's own."""
    page: dict[str, Any] = {"values": values}
    if more:
        kept = "".join(f"&{_SPELLING.get(name, name)}={quote(query[name])}" for name in _KEPT if name in query)
        page["@nextLink"] = f"{address}?skip={paging.skip + paging.top}&top={paging.top}{kept}"
    return page
