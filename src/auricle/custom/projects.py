"""Projects: what belongs together, with counts of it. Deleting one unlinks what it held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, bindparam, func, literal, select, union_all

from auricle.custom.drafts import ProjectDraft
from auricle.custom.entities import Entities, Shown, known_locale, new_id
from auricle.identity.caller import Caller, Right
from auricle.store import tables
from auricle.store.records import Project
from auricle.store.shelf import PROJECTS

_MEMBERS = (tables.datasets, tables.models, tables.evaluations, tables.endpoints, tables.transcriptions)


def _count(projects: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> CompoundSelect[Any]:
    """How many of each kind belong to each of these projects, in one query for all of them."""
    return union_all(
        *(
            select(table.c.project_id, literal(table.name), func.count())
            .where(projects(table.c.project_id))
            .group_by(table.c.project_id)
            for table in _MEMBERS
        )
    )


# Made once, and for the commonest case without a list that has to be spelled out each time.
_COUNT_ONE = _count(lambda project_id: project_id == bindparam("project_id"))
_COUNT_MANY = _count(lambda project_id: project_id.in_(bindparam("project_ids", expanding=True)))


class Projects(Entities[Project]):
    """The service of projects; what shows one shows `counts` by the names of the tables."""

    shelf = PROJECTS
    noun = "project"

    def create(self, caller: Caller, draft: ProjectDraft) -> Shown[Project]:
        """A new project. Raises InvalidLocale."""
        caller.need(Right.WRITE)
        project = Project(
            id=new_id(),
            resource_id=caller.resource.id,
            created_at=self.ground.now(),
            display_name=draft.display_name,
            description=draft.description,
            custom_properties=draft.custom_properties,
            locale=known_locale(self.ground, draft.locale),
        )
        with self.ground.database.write() as connection:
            self._added(connection, caller, project)
        return Shown(record=project, counts=dict.fromkeys((table.name for table in _MEMBERS), 0))

    def _shown(self, connection: Connection, caller: Caller, records: Sequence[Project]) -> list[Shown[Project]]:
        counts = _counts(connection, [project.id for project in records])
        return [Shown(record=project, counts=counts[project.id]) for project in records]


def _counts(connection: Connection, project_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = {id: dict.fromkeys((table.name for table in _MEMBERS), 0) for id in project_ids}
    if len(project_ids) == 1:
        rows = connection.execute(_COUNT_ONE, {"project_id": project_ids[0]}).all()
    else:
        rows = connection.execute(_COUNT_MANY, {"project_ids": project_ids}).all() if project_ids else []
    for project_id, name, count in rows:
        counts[project_id][name] = count
    return counts
