"""Datasets_Upload: a dataset as a form, whose file streams into the storage however large it is.

Fields may stand before the file or after it, so the file is received first and judged at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

from auricle.adaptation.kinds import DatasetKind
from auricle.api.speechtotext.answers import Answer, created
from auricle.api.speechtotext.bodies import NewDataset, parse_fields
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.datasets import dataset, dataset_draft
from auricle.api.speechtotext.forms import Form
from auricle.api.speechtotext.lists import view
from auricle.custom.drafts import DatasetDraft
from auricle.errors import EmptyRequest, InvalidParameter

_FIELDS = ("displayName", "description", "locale", "kind")


def upload(call: Call) -> Answer:
    """Datasets_Upload."""
    form = Form(call.content_type, call.incoming, file_field="data")
    content = form.content()
    first = next(content, b"")
    if not form.has_file:
        raise EmptyRequest("Expected the content of the dataset in the form's field data, got none.", target="data")
    datasets = call.services.datasets
    with datasets.receive(call.caller, kind=_kind(form.fields), name=form.file_name) as receiver:
        receiver.write(first)
        for piece in content:
            receiver.write(piece)
    try:
        draft = _draft(call, form.fields)
    except InvalidParameter:
        datasets.discard(call.caller, receiver.received)
        raise
    return created(dataset(datasets.create(call.caller, draft, receiver.received), view(call)))


def _draft(call: Call, fields: Mapping[str, str]) -> DatasetDraft:
    """What the fields ask for; those that are empty were left out. Raises InvalidParameter."""
    body: dict[str, Any] = {name: fields[name] for name in _FIELDS if fields.get(name)}
    if fields.get("project"):
        body["project"] = {"self": fields["project"]}
    if fields.get("customProperties"):
        try:
            body["customProperties"] = orjson.loads(fields["customProperties"])
        except orjson.JSONDecodeError as error:
            raise InvalidParameter(f"Expected an object in JSON: {error}.", target="customProperties") from error
    return dataset_draft(parse_fields(body, NewDataset), call.version)


def _kind(fields: Mapping[str, str]) -> DatasetKind | None:
    """The kind, when it is known before the file begins."""
    with suppress(KeyError, ValueError):
        return DatasetKind(fields["kind"])
    return None
