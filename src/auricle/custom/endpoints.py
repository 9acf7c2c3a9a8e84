"""Endpoints: models that live clients reach by an id. While another model is deployed, the one before goes on serving."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from auricle.custom.drafts import UNCHANGED, Changes, EndpointChanges, EndpointDraft
from auricle.custom.entities import Entities, Shown, check_project, known_locale
from auricle.custom.expiring import Expire, expire_at, time_to_live
from auricle.custom.ground import Ground
from auricle.custom.hearers import hearer
from auricle.custom.models import check_text
from auricle.errors import ModelNotDeployable
from auricle.identity.caller import Caller, Right
from auricle.identity.tiers import QUOTAS
from auricle.jobs.work import Work
from auricle.store.records import Endpoint
from auricle.store.shelf import ENDPOINTS
from auricle.store.status import Status

DEPLOY = "deploy"  # the kind of work


class Endpoints(Entities[Endpoint]):
    """The service of endpoints."""

    shelf = ENDPOINTS
    noun = "endpoint"

    def create(self, caller: Caller, draft: EndpointDraft) -> Shown[Endpoint]:
        """A new endpoint, to be deployed.

        Raises InvalidLocale, InvalidProject, InvalidModel, ModelNotDeployable, ModelDeprecated, InvalidTimeToLive or
        QuotaExceeded.
        """
        caller.need(Right.WRITE)
        locale = known_locale(self.ground, draft.locale)
        time_to_live_s = time_to_live(draft.time_to_live_s)
        check_text(caller, draft.text)
        now = self.ground.now()
        with self.ground.database.write() as connection:
            if draft.project_id is not None:
                check_project(connection, caller, draft.project_id, locale)
            record = Endpoint(
                **self._fields(caller, draft, locale),
                model_id=self._model_id(connection, caller, draft.model_id, locale),
                text=draft.text,
                logging_enabled=draft.logging_enabled,
                time_to_live_s=time_to_live_s,
            )
            self._added(connection, caller, record)
            self._deploy(connection, record)
            days = QUOTAS[caller.resource.tier].endpoint_days
            if days is not None:
                expire_at(self.ground, connection, self.noun, record, now + timedelta(days=days))
            return self._shown(connection, caller, [record])[0]

    def expiry(self) -> Work:
        """The work of deleting those that have lived long enough."""
        return Expire(self.ground, self.noun, self.shelf, self._remove)

    def _changed(self, connection: Connection, caller: Caller, record: Endpoint, changes: Changes) -> Endpoint:
        changed = super()._changed(connection, caller, record, changes)
        if not isinstance(changes, EndpointChanges):
            return changed
        if changes.logging_enabled is not UNCHANGED:
            changed = self._set(connection, changed, logging_enabled=changes.logging_enabled)
        if changes.model_id is not UNCHANGED:
            model_id = self._model_id(connection, caller, changes.model_id, changed.locale)
            # The same model again is a second try of what failed, and nothing else
            if model_id != changed.model_id or changed.status is Status.FAILED:
                changed = self._deploy_anew(connection, changed, model_id)
        return changed

    def _deploy_anew(self, connection: Connection, record: Endpoint, model_id: str) -> Endpoint:
        """Deploy another model; what is being deployed meanwhile is given up, for the last wish counts."""
        self.ground.queue.cancel(connection, record.id)
        if record.status is not Status.NOT_STARTED:
            now = self.ground.now()
            self.shelf.advance(connection, record.resource_id, record.id, Status.NOT_STARTED, now)
        record = self._set(connection, record, model_id=model_id, error_code=None, error_message=None)
        self._deploy(connection, record)
        return record

    def _deploy(self, connection: Connection, record: Endpoint) -> None:
        self.ground.queue.submit(connection, kind=DEPLOY, resource_id=record.resource_id, subject_id=record.id)

    def _set(self, connection: Connection, record: Endpoint, **columns: object) -> Endpoint:
        changed = self.shelf.change(connection, record.resource_id, record.id, **columns)
        assert changed is not None, "the record is locked"
        return changed

    def _model_id(self, connection: Connection, caller: Caller, id: str | None, locale: str) -> str:
        return hearer(self.ground, connection, caller, id, locale, unready=ModelNotDeployable).id


def works(ground: Ground) -> list[Work]:
    """The kinds of work of this module."""
    return [Endpoints(ground).expiry()]
