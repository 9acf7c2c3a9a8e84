"""Web hooks: addresses that are told what happens, once whoever is there has shown that they want to be told.

They show it by answering a challenge: a request with a random token in its query, answered with that token. A hook
is challenged when it is made, when its address changes, and when somebody pings it although it is not active.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from auricle.custom import deliveries
from auricle.custom.challenges import CHALLENGED, Challenge
from auricle.custom.drafts import UNCHANGED, Changes, WebHookChanges, WebHookDraft
from auricle.custom.entities import Entities, Shown, new_id
from auricle.custom.events import EVENTS, NOUNS, PING, Happening, enqueue, enqueue_event, event_name
from auricle.custom.ground import Ground
from auricle.errors import Conflict, InvalidCallback, InvalidEvent, InvalidUrl
from auricle.identity.caller import Caller, Right
from auricle.jobs.work import Work
from auricle.store.records import WebHook
from auricle.store.shelf import WEB_HOOKS
from auricle.store.status import Status
from auricle.store.tables import audit, datasets, endpoints, evaluations, models, transcriptions

_TABLES = dict(zip(NOUNS, (datasets, models, evaluations, transcriptions, endpoints), strict=True))
_REACHED = {
    Happening.CREATION: frozenset(Status),
    Happening.PROCESSING: frozenset({Status.RUNNING, Status.SUCCEEDED, Status.FAILED}),
    Happening.COMPLETION: frozenset({Status.SUCCEEDED, Status.FAILED}),
}


class WebHooks(Entities[WebHook]):
    """The web hooks of resources."""

    shelf = WEB_HOOKS
    noun = "webhook"

    def create(self, caller: Caller, draft: WebHookDraft) -> Shown[WebHook]:
        """A new hook, about to be challenged. Raises InvalidCallback and InvalidEvent."""
        caller.need(Right.WRITE)
        self._check_address(draft.web_url)
        now = self.ground.now()
        hook = WebHook(
            id=new_id(),
            resource_id=caller.resource.id,
            created_at=now,
            last_action_at=now,
            display_name=draft.display_name,
            description=draft.description,
            custom_properties=draft.custom_properties,
            web_url=draft.web_url,
            events=_checked(draft.events),
            secret_sealed=self._sealed(draft.secret),
            api_version=draft.api_version,
            base_url=draft.base_url,
        )
        with self.ground.database.write() as connection:
            self._added(connection, caller, hook)
            self._submit_challenge(connection, hook)
            return self._shown(connection, caller, [hook])[0]

    def ping(self, caller: Caller, id: str) -> None:
        """Send the hook itself to its address, or challenge it again when it is not active. Raises NotFound."""
        caller.need(Right.WRITE)
        with self.ground.database.write() as connection:
            hook = self._found(connection, caller, id, lock=True)
            if hook.status is Status.SUCCEEDED:
                self._enqueue_ping(connection, hook)
            else:
                self._challenge_anew(connection, hook)
            self._audit(connection, caller, "ping", id)

    def test(self, caller: Caller, id: str) -> bool:
        """Send every event that the hook waits for, as it was or would have been sent last; False when there is none.

        Raises NotFound, and Conflict when the hook is not active.
        """
        caller.need(Right.WRITE)
        with self.ground.database.write() as connection:
            hook = self._found(connection, caller, id, lock=True)
            if hook.status is not Status.SUCCEEDED:
                raise Conflict(
                    f"The webhook {id} is not active, because its challenge has not been answered. Ping it to have it "
                    "challenged again."
                )
            sent = [self._enqueue_last(connection, hook, event) for event in hook.events]
            self._audit(connection, caller, "test", id)
            return any(sent)

    def _changed(self, connection: Connection, caller: Caller, record: WebHook, changes: Changes) -> WebHook:
        hook = super()._changed(connection, caller, record, changes)
        if not isinstance(changes, WebHookChanges):
            return hook
        columns: dict[str, object] = {}
        if changes.events is not UNCHANGED:
            columns["events"] = _checked(changes.events)
        if changes.secret is not UNCHANGED:
            columns["secret_sealed"] = self._sealed(changes.secret)
        if changes.web_url is not UNCHANGED:
            self._check_address(changes.web_url)
            columns["web_url"] = changes.web_url
        changed = WEB_HOOKS.change(connection, hook.resource_id, hook.id, **columns)
        assert changed is not None, "the record is locked"
        if changes.web_url is UNCHANGED:
            return changed
        idle = changes.web_url == record.web_url and record.status is not Status.FAILED
        return changed if idle else self._challenge_anew(connection, changed)

    def _check_address(self, web_url: str) -> None:
        try:
            self.ground.outbound.check(web_url)
        except InvalidUrl as error:
            raise InvalidCallback(error.message, target="webUrl") from error

    def _sealed(self, secret: str | None) -> str | None:
        return self.ground.sealer.seal(secret) if secret else None

    def _challenge_anew(self, connection: Connection, hook: WebHook) -> WebHook:
        self.ground.queue.cancel(connection, hook.id)
        if hook.status is not Status.NOT_STARTED:
            advanced = WEB_HOOKS.advance(
                connection,
                hook.resource_id,
                hook.id,
                Status.NOT_STARTED,
                self.ground.now(),
                error_code=None,
                error_message=None,
            )
            assert advanced is not None, "the record is locked"
            hook = advanced
        self._submit_challenge(connection, hook)
        return hook

    def _submit_challenge(self, connection: Connection, hook: WebHook) -> None:
        self.ground.queue.submit(connection, kind=CHALLENGED, resource_id=hook.resource_id, subject_id=hook.id)

    def _enqueue_ping(self, connection: Connection, hook: WebHook) -> None:
        body = self.ground.renderer.hook(hook)
        enqueue(self.ground, connection, hook, PING, body, new_id(), hook.id)

    def _enqueue_last(self, connection: Connection, hook: WebHook, event: str) -> bool:
        """Whether there was something to send for this event."""
        if event == PING:
            self._enqueue_ping(connection, hook)
            return True
        if event not in _ABOUT:
            return False
        noun, happening = _ABOUT[event]
        subject_id = _last(connection, hook.resource_id, noun, happening)
        if subject_id is not None:
            enqueue_event(self.ground, connection, hook, noun, happening, subject_id)
        return subject_id is not None


_ABOUT = {event_name(noun, happening): (noun, happening) for noun in NOUNS for happening in Happening}


def _last(connection: Connection, resource_id: str, noun: str, happening: Happening) -> str | None:
    """The id of what this happened to last; of what was deleted, the audit knows."""
    if happening is Happening.DELETION:
        statement = (
            select(audit.c.subject_id)
            .where(audit.c.resource_id == resource_id, audit.c.action == f"{noun}.delete")
            .order_by(audit.c.sequence.desc())
        )
    else:
        table = _TABLES[noun]
        order = [table.c.sequence] if happening is Happening.CREATION else [table.c.last_action_at, table.c.sequence]
        statement = (
            select(table.c.id)
            .where(table.c.resource_id == resource_id, table.c.status.in_(_REACHED[happening]))
            .order_by(*(column.desc() for column in order))
        )
    return connection.execute(statement.limit(1)).scalar()


def _checked(events: Sequence[str]) -> list[str]:
    """The events, each once, in the order of the names. Raises InvalidEvent."""
    unknown = sorted(set(events) - EVENTS)
    if unknown:
        raise InvalidEvent(f"There is no event {unknown[0][:80]!r}; the events are {_NAMES}.", target="events")
    if not events:
        raise InvalidEvent(f"Expected at least one event, got none; the events are {_NAMES}.", target="events")
    return sorted(set(events))


_NAMES = ", ".join(sorted(EVENTS))


def works(ground: Ground) -> list[Work]:
    """The work for web hooks: challenges and deliveries."""
    return [Challenge(ground), *deliveries.works(ground)]
