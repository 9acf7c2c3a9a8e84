from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import event

from auricle.custom.datasets import Datasets
from auricle.custom.drafts import Changes, ProjectDraft
from auricle.custom.entities import MAX_PROPERTIES
from auricle.custom.ground import Ground
from auricle.custom.projects import Projects
from auricle.errors import Forbidden, InvalidLocale, InvalidParameter, NotFound
from auricle.identity import audit
from auricle.identity.caller import Caller, Right
from tests.custom import drafted


def test_a_new_project_is_shown_without_anything_in_it(ground: Ground, caller: Caller) -> None:
    projects = Projects(ground)
    made = projects.create(caller, drafted.project(description="Orders", custom_properties={"team": "counter"}))
    assert projects.get(caller, made.record.id) == made
    assert made.counts == {"datasets": 0, "models": 0, "evaluations": 0, "endpoints": 0, "transcriptions": 0}
    assert (made.record.display_name, made.record.description) == ("Coffee", "Orders")
    assert made.record.custom_properties == {"team": "counter"}


def test_the_locale_is_kept_as_it_is_commonly_written(ground: Ground, caller: Caller) -> None:
    assert Projects(ground).create(caller, drafted.project(locale="EN-us")).record.locale == "en-US"


def test_a_locale_that_no_model_hears_is_refused(ground: Ground, caller: Caller) -> None:
    with pytest.raises(InvalidLocale) as refused:
        Projects(ground).create(caller, drafted.project(locale="tlh-KX"))
    assert refused.value.target == "locale"


def test_what_belongs_to_a_project_is_counted(ground: Ground, caller: Caller) -> None:
    projects, datasets = Projects(ground), Datasets(ground)
    one, other, empty = (projects.create(caller, drafted.project()).record.id for _ in range(3))
    for project_id in (one, one, other, None):
        datasets.create(caller, drafted.dataset(project_id=project_id))
    counted = {shown.record.id: shown.counts["datasets"] for shown in projects.list(caller).items if shown.counts}
    assert counted == {one: 2, other: 1, empty: 0}


def test_a_page_of_projects_costs_two_queries_however_long_it_is(ground: Ground, caller: Caller) -> None:
    projects = Projects(ground)
    for _ in range(5):
        projects.create(caller, drafted.project())
    statements: list[str] = []
    engine = ground.database._engine
    event.listen(engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    assert len(projects.list(caller).items) == 5
    assert len([text for text in statements if "SELECT" in text]) == 2


def test_deleting_a_project_leaves_what_was_in_it(ground: Ground, caller: Caller) -> None:
    projects, datasets = Projects(ground), Datasets(ground)
    project = projects.create(caller, drafted.project()).record
    dataset = datasets.create(caller, drafted.dataset(project_id=project.id)).record
    projects.delete(caller, project.id)
    projects.delete(caller, project.id)
    assert datasets.get(caller, dataset.id).record.project_id is None
    with pytest.raises(NotFound):
        projects.get(caller, project.id)


def test_a_project_can_be_renamed(ground: Ground, caller: Caller) -> None:
    projects = Projects(ground)
    made = projects.create(caller, drafted.project(description="old")).record
    changed = projects.change(caller, made.id, Changes(display_name="Tea", description=None)).record
    assert (changed.display_name, changed.description, changed.locale) == ("Tea", None, "en-US")


def test_another_resource_sees_no_project(ground: Ground, caller: Caller, admit: Callable[..., Caller]) -> None:
    projects, stranger = Projects(ground), admit()
    made = projects.create(caller, drafted.project()).record
    assert projects.list(stranger).items == []
    projects.delete(stranger, made.id)
    with pytest.raises(NotFound):
        projects.change(stranger, made.id, Changes(display_name="Mine"))
    assert projects.get(caller, made.id).record == made


def test_who_may_only_read_makes_nothing(ground: Ground, admit: Callable[..., Caller]) -> None:
    reader = admit(rights=frozenset({Right.READ}))
    assert Projects(ground).list(reader).items == []
    with pytest.raises(Forbidden):
        Projects(ground).create(reader, drafted.project())


def test_what_was_done_to_a_project_is_audited(ground: Ground, caller: Caller) -> None:
    projects = Projects(ground)
    made = projects.create(caller, drafted.project()).record
    projects.change(caller, made.id, Changes(display_name="Tea"))
    projects.delete(caller, made.id)
    with ground.database.read() as connection:
        noted = audit.entries(connection, caller.resource.id)
    done = [(entry.action, entry.actor) for entry in noted if entry.subject_id == made.id]
    assert done == [("project.delete", "test"), ("project.update", "test"), ("project.create", "test")]


def test_a_change_may_not_leave_more_custom_properties_than_there_may_be(ground: Ground, caller: Caller) -> None:
    projects = Projects(ground)
    made = projects.create(caller, ProjectDraft(display_name="Clinic", locale="en-US"))
    many = {f"key {number}": "value" for number in range(MAX_PROPERTIES + 1)}

    with pytest.raises(InvalidParameter, match="10 custom properties"):
        projects.change(caller, made.record.id, Changes(custom_properties=many))
