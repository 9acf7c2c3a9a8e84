"""What the URL of a request says: its path's mode and service, and its query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from auricle.errors import InvalidRequest
from auricle.recognition.options import Mode

_MAX_FIELDS = 200
_MODE_IN_PATH = re.compile(r"/speech/recognition/([a-z]+)/cognitiveservices/v1", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a client came in. Query names are in lower case; of repeated ones the first counts."""

    mode: Mode | None = None  # None: the path does not say
    translation: bool = False
    query: Mapping[str, str] = field(default_factory=dict)


def parse_address(path: str, query: str) -> Address:
    """Read a path and its raw query. Raises InvalidRequest when the query is out of bounds."""
    in_path = _MODE_IN_PATH.search(path)
    return Address(
        mode=Mode(in_path[1].lower()) if in_path and in_path[1].lower() in {m.value for m in Mode} else None,
        translation="/speech/translation/" in path.lower(),
        query=_parse_query(query),
    )


def _parse_query(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise InvalidRequest(f"expected at most {_MAX_FIELDS} query parameters, got more") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name.lower(), value)
    return fields
