"""Logs of live sessions, of endpoints and of base models: pages by token, and deletion up to a day."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from auricle.api.speechtotext.answers import ACCEPTED, NO_CONTENT, Answer
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.files import file_shape
from auricle.api.speechtotext.paging import DEFAULT_TOP, parse_integer
from auricle.custom.endpoint_logs import LogPage
from auricle.errors import InvalidLogTop, NotFound
from auricle.store.records import File


def list_logs(call: Call) -> Answer:
    """Endpoints_ListLogs."""
    page = call.services.logs.list(call.caller, call.id, skip_token=call.query.get("skiptoken"), top=_top(call))
    return _page(call, page, f"endpoints/{call.id}")


def list_base_logs(call: Call) -> Answer:
    """Endpoints_ListBaseModelLogs."""
    locale = call.path["locale"]
    page = call.services.logs.list_base(call.caller, locale, skip_token=call.query.get("skiptoken"), top=_top(call))
    return _page(call, page, f"endpoints/base/{locale}")


def get_log(call: Call) -> Answer:
    """Endpoints_GetLog."""
    file = call.services.logs.get(call.caller, call.id, call.path["logId"])
    return Answer(content=_shapes(call, [file], f"endpoints/{call.id}")[0])


def get_base_log(call: Call) -> Answer:
    """Endpoints_GetBaseModelLog."""
    file = call.services.logs.get_base(call.caller, call.path["locale"], call.path["logId"])
    return Answer(content=_shapes(call, [file], f"endpoints/base/{call.path['locale']}")[0])


def delete_logs(call: Call) -> Answer:
    """Endpoints_DeleteLogs."""
    call.services.logs.delete_all(call.caller, call.id, end_date=call.query.get("enddate"))
    return ACCEPTED


def delete_base_logs(call: Call) -> Answer:
    """Endpoints_DeleteBaseModelLogs."""
    call.services.logs.delete_all_base(call.caller, call.path["locale"], end_date=call.query.get("enddate"))
    return ACCEPTED


def delete_log(call: Call) -> Answer:
    """Endpoints_DeleteLog; what is not there is as good as deleted."""
    with suppress(NotFound):
        call.services.logs.delete(call.caller, call.id, call.path["logId"])
    return NO_CONTENT


def delete_base_log(call: Call) -> Answer:
    """Endpoints_DeleteBaseModelLog."""
    with suppress(NotFound):
        call.services.logs.delete_base(call.caller, call.path["locale"], call.path["logId"])
    return NO_CONTENT


def _page(call: Call, page: LogPage, owner: str) -> Answer:
    content: dict[str, Any] = {"values": _shapes(call, page.files, owner)}
    if page.next_token is not None:
        token = quote(page.next_token, safe="")
        content["@nextLink"] = f"{call.links.base}/{owner}/files/logs?top={_top(call)}&skipToken={token}"
    return Answer(content=content)


def _shapes(call: Call, files: Sequence[File], owner: str) -> list[dict[str, Any]]:
    """Logs are known by their names in place of ids."""
    contents = call.services.datasets.links(files, call.links.origin, call.link_validity_s())
    address = f"{call.links.base}/{owner}/files/logs"
    pairs = zip(files, contents, strict=True)
    return [file_shape(file, f"{address}/{quote(file.name)}", content) for file, content in pairs]


def _top(call: Call) -> int:
    return parse_integer(call.query, "top", failure=InvalidLogTop, least=1) or DEFAULT_TOP
