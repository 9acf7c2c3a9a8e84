"""Projects, and the lists of what they hold."""

from __future__ import annotations

from typing import Any

from auricle.api.speechtotext import fields
from auricle.api.speechtotext.answers import NO_CONTENT, Answer, created
from auricle.api.speechtotext.bodies import NewProject, Update
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.lists import list_entities, view
from auricle.api.speechtotext.shapes import View, moment, named
from auricle.api.speechtotext.updates import changes
from auricle.custom.drafts import Changes, ProjectDraft
from auricle.custom.entities import Shown
from auricle.store.records import Project

_MEMBERS = ("evaluations", "datasets", "models", "endpoints", "transcriptions")
_COUNTS = {
    "datasetCount": "datasets",
    "evaluationCount": "evaluations",
    "modelCount": "models",
    "transcriptionCount": "transcriptions",
    "endpointCount": "endpoints",
}


def locales(call: Call) -> Answer:
    """Projects_ListSupportedLocales, and the same lists of most other kinds."""
    return Answer(content=list(call.services.base_models.locales))


def list_projects(call: Call) -> Answer:
    """Projects_List."""
    return list_entities(call, call.services.projects, project, fields.PROJECT, address="projects")


def create(call: Call) -> Answer:
    """Projects_Create."""
    body = call.parsed(NewProject)
    draft = ProjectDraft(
        display_name=body.display_name,
        description=body.description,
        custom_properties=body.custom_properties or {},
        locale=body.locale,
    )
    return created(project(call.services.projects.create(call.caller, draft), view(call)))


def get(call: Call) -> Answer:
    """Projects_Get."""
    return Answer(content=project(call.services.projects.get(call.caller, call.id), view(call)))


def update(call: Call) -> Answer:
    """Projects_Update."""
    wanted = Changes(**changes(call, call.parsed(Update)))
    return Answer(content=project(call.services.projects.change(call.caller, call.id, wanted), view(call)))


def delete(call: Call) -> Answer:
    """Projects_Delete."""
    call.services.projects.delete(call.caller, call.id)
    return NO_CONTENT


def project(shown: Shown[Project], view: View) -> dict[str, Any]:
    """A project with what it holds, counted."""
    record, counts = shown.record, shown.counts or {}
    address = view.links.to("projects", record.id)
    return {
        "self": address,
        "links": {member: f"{address}/{member}" for member in _MEMBERS},
        "properties": {name: counts.get(member, 0) for name, member in _COUNTS.items()},
        "createdDateTime": moment(record.created_at),
        "locale": record.locale,
        **named(record),
    }
