"""One request as a handler sees it: who calls, what with, and the services to answer it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from auricle.api.speechtotext import bodies
from auricle.api.speechtotext.links import Links
from auricle.api.speechtotext.paging import MAX_INTEGER, parse_integer
from auricle.api.speechtotext.services import Services
from auricle.api.speechtotext.versions import Version
from auricle.errors import InvalidLinkValidity, InvalidParameter
from auricle.identity.caller import Caller

B = TypeVar("B", bound=bodies.Body)

MAX_LINK_VALIDITY_S = 7 * 86_400
_MAX_QUERY_BYTES = 16_384
_MAX_QUERY_FIELDS = 32


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request that may be answered: routed, authorised, and its body read where it is JSON."""

    services: Services
    caller: Caller
    links: Links
    path: Mapping[str, str]  # the values of the path's parameters
    query: Mapping[str, str]  # by name in lower case
    content_type: str = ""  # as it was sent, with its parameters
    merges: bool = False  # whether the body is a merge patch
    body: bytes = b""
    incoming: Iterable[bytes] = ()  # the body of an upload

    @property
    def version(self) -> Version:
        """The version of the API that was called."""
        return self.links.version

    @property
    def id(self) -> str:
        """The entity that the path names."""
        return self.path["id"]

    def parsed(self, kind: type[B]) -> B:
        """The body. Raises InvalidParameter."""
        return bodies.parse(self.body, kind)

    def link_validity_s(self) -> int | None:
        """How long links shall be valid, 0 for plain ones. Raises InvalidLinkValidity."""
        wanted = parse_integer(
            self.query, "sasValidityInSeconds", failure=InvalidLinkValidity, least=0, most=MAX_INTEGER
        )
        if wanted is not None and wanted > MAX_LINK_VALIDITY_S:
            raise InvalidLinkValidity(
                f"Links can be valid for {MAX_LINK_VALIDITY_S} seconds at most, got {wanted}.",
                target="sasValidityInSeconds",
            )
        return wanted


def parse_query(query_string: bytes) -> dict[str, str]:
    """The fields by name in lower case; of several of one name the first counts. Raises InvalidParameter."""
    if not query_string:
        return {}
    if len(query_string) > _MAX_QUERY_BYTES:
        raise InvalidParameter(f"The query is longer than {_MAX_QUERY_BYTES} bytes.")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_QUERY_FIELDS)
    except ValueError as error:
        raise InvalidParameter(f"The query cannot be read: {error}.") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        if "\0" in value:
            raise InvalidParameter("The query contains the character U+0000.", target=name[:64])
        fields.setdefault(name.lower(), value)
    return fields
