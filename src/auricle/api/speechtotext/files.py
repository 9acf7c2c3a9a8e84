"""Files of datasets, models, evaluations and transcriptions: listed, and each with a link to its content."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from auricle.api.speechtotext import fields
from auricle.api.speechtotext.answers import Answer, retry_later
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.durations import format_duration
from auricle.api.speechtotext.lists import condition
from auricle.api.speechtotext.paging import paginated, parse_paging
from auricle.api.speechtotext.services import Services
from auricle.api.speechtotext.shapes import moment, without_nothing
from auricle.custom.files import FiledEntities
from auricle.store.records import File

Handler = Callable[[Call], Answer]
Service = Callable[[Services], FiledEntities[Any]]


def list_of(collection: str, service: Service) -> Handler:
    """The operation that lists the files of an entity of a collection."""

    def list_files(call: Call) -> Answer:
        owner, valid_s, paging = service(call.services), call.link_validity_s(), parse_paging(call.query)
        where = condition(call, fields.FILE)
        shown = owner.get(call.caller, call.id)
        page = owner.files(call.caller, call.id, condition=where, skip=paging.skip, top=paging.top)
        addresses = owner.links(page.records, call.links.origin, valid_s)
        address = f"{call.links.to(collection, call.id)}/files"
        pairs = zip(page.records, addresses, strict=True)
        values = [file_shape(file, f"{address}/{file.id}", content) for file, content in pairs]
        content = paginated(values, address=address, query=call.query, paging=paging, more=page.more)
        return Answer(content=content, headers=retry_later(not shown.record.status.ended))

    return list_files


def one_of(collection: str, service: Service) -> Handler:
    """The operation that shows one file of an entity of a collection."""

    def get_file(call: Call) -> Answer:
        owner, valid_s = service(call.services), call.link_validity_s()
        file = owner.file(call.caller, call.id, call.path["fileId"])
        (content,) = owner.links([file], call.links.origin, valid_s)
        address = f"{call.links.to(collection, call.id)}/files/{file.id}"
        return Answer(content=file_shape(file, address, content))

    return get_file


def file_shape(file: File, address: str, content_url: str) -> dict[str, Any]:
    """A file with the link to its content."""
    duration = None if file.duration_s is None else format_duration(file.duration_s)
    return {
        "self": address,
        "name": file.name,
        "kind": file.kind,
        "properties": without_nothing({"size": file.size_bytes, "duration": duration}),
        "createdDateTime": moment(file.created_at),
        "links": {"contentUrl": content_url},
    }
