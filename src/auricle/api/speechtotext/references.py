"""References to entities, in every form that clients send.

They are the address at any host, version and prefix, with or without a query, a path alone, or the bare id. Base models
may be named as custom ones are, as Azure allows.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from auricle.errors import InvalidBaseModel, InvalidDataset, InvalidModel, InvalidParameter, InvalidProject

_LIMIT = 2048  # characters
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a reference must point to, and how it fails when it points elsewhere."""

    collection: str
    noun: str
    failure: type[InvalidParameter]


PROJECT = Target(collection="projects", noun="a project", failure=InvalidProject)
DATASET = Target(collection="datasets", noun="a dataset", failure=InvalidDataset)
MODEL = Target(collection="models", noun="a model", failure=InvalidModel)
BASE_MODEL = Target(collection="models", noun="a base model", failure=InvalidBaseModel)


def parse_reference(text: str, target: Target, *, field: str) -> str:
    """The id that the reference names. Raises the target's failure when it names nothing of that kind."""
    collection, id = _split(text) if len(text) <= _LIMIT else (None, "")
    if not is_id(id):
        raise target.failure(
            f"Expected the address of {target.noun}, such as https://host/speechtotext/v3.2/{target.collection}/"
            f"{uuid.UUID(int=0)}, got {text[:200]!r}.",
            target=field,
        )
    if collection not in {None, target.collection}:
        raise target.failure(
            f"Expected the address of {target.noun}, got one of the collection {collection[:64]!r}.", target=field
        )
    return id.lower()


def is_id(text: str) -> bool:
    """Whether an entity could have this id."""
    return _UUID.fullmatch(text) is not None


def _split(text: str) -> tuple[str | None, str]:
    """The collection, where there is one, and the id at the end of an address."""
    try:
        path = urlsplit(text.strip()).path
    except ValueError:
        return None, ""
    segments = [unquote(segment) for segment in path.split("/") if segment]
    if not segments:
        return None, ""
    *before, id = segments
    if before[-1:] == ["base"]:
        before.pop()
        return (before[-1].lower() if before else "base"), id
    return (before[-1].lower() if before else None), id
