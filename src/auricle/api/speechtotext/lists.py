"""Lists of entities: the page and filter of the query, and the shape of every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from auricle.api.speechtotext.answers import Answer, listing
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.filters import Field, parse_filter
from auricle.api.speechtotext.paging import paginated, parse_paging
from auricle.api.speechtotext.shapes import View
from auricle.custom.entities import Entities, Shown
from auricle.store.conditions import And, Condition

Shape = Callable[[Shown[Any], View], dict[str, Any]]


def view(call: Call) -> View:
    """How shapes are made for the caller."""
    return View(call.links, call.services.base_models)


def condition(call: Call, fields: Mapping[str, Field]) -> Condition | None:
    """The filter of the query, if there is one. Raises UnsupportedFilter."""
    text = call.query.get("filter")
    return parse_filter(text, fields) if text else None


def both(left: Condition | None, right: Condition | None) -> Condition | None:
    """What fits both, where there are both."""
    return And(left, right) if left is not None and right is not None else left or right


def list_entities(
    call: Call,
    service: Entities[Any],
    shape: Shape,
    fields: Mapping[str, Field],
    *,
    address: str,
    project_id: str | None = None,
    always: Condition | None = None,
) -> Answer:
    """A page of entities of a kind, of all or of one project; `address` is the list's own below the root."""
    paging = parse_paging(call.query)
    where = both(condition(call, fields), always)
    page = service.list(call.caller, condition=where, project_id=project_id, skip=paging.skip, top=paging.top)
    how = view(call)
    values = [shape(shown, how) for shown in page.items]
    where_from = f"{call.links.base}/{address}"
    return listing(paginated(values, address=where_from, query=call.query, paging=paging, more=page.more))
