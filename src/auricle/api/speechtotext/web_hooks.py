"""Web hooks. The events that one waits for are shown; the secret that it signs with never is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auricle.api.speechtotext import fields
from auricle.api.speechtotext.answers import NO_CONTENT, RETRY_AFTER_S, Answer, created, entity
from auricle.api.speechtotext.bodies import NewWebHook, WebHookUpdate
from auricle.api.speechtotext.calls import Call
from auricle.api.speechtotext.links import Links
from auricle.api.speechtotext.lists import list_entities, view
from auricle.api.speechtotext.shapes import View, named, progress, working
from auricle.api.speechtotext.updates import changes
from auricle.custom.drafts import WebHookChanges, WebHookDraft
from auricle.custom.entities import Shown
from auricle.custom.events import EVENTS
from auricle.errors import InvalidEvent
from auricle.store.records import WebHook

_SPELLED = {event: event[0].lower() + event[1:] for event in sorted(EVENTS)}
_EVENTS = {spelled: event for event, spelled in _SPELLED.items()}
_SENDING = Answer(status=202, headers={"Retry-After": str(RETRY_AFTER_S)})


def list_web_hooks(call: Call) -> Answer:
    """WebHooks_List."""
    return list_entities(call, call.services.web_hooks, web_hook, fields.WEB_HOOK, address="webhooks")


def create(call: Call) -> Answer:
    """WebHooks_Create."""
    body = call.parsed(NewWebHook)
    draft = WebHookDraft(
        display_name=body.display_name,
        description=body.description,
        custom_properties=body.custom_properties or {},
        web_url=body.web_url,
        events=_wanted(body.events),
        secret=body.properties.secret if body.properties else None,
        api_version=call.version.value,
        base_url=call.links.origin,
    )
    return created(web_hook(call.services.web_hooks.create(call.caller, draft), view(call)))


def get(call: Call) -> Answer:
    """WebHooks_Get."""
    return entity(web_hook(call.services.web_hooks.get(call.caller, call.id), view(call)))


def update(call: Call) -> Answer:
    """WebHooks_Update; events that are sent replace the old ones."""
    body = call.parsed(WebHookUpdate)
    wanted = changes(call, body)
    if "web_url" in body.model_fields_set:
        wanted["web_url"] = body.web_url
    if body.events is not None:
        wanted["events"] = _wanted(body.events)
    if body.properties is not None:  # without a secret in them, they end the signing
        wanted["secret"] = body.properties.secret or None
    return entity(web_hook(call.services.web_hooks.change(call.caller, call.id, WebHookChanges(**wanted)), view(call)))


def delete(call: Call) -> Answer:
    """WebHooks_Delete."""
    call.services.web_hooks.delete(call.caller, call.id)
    return NO_CONTENT


def ping(call: Call) -> Answer:
    """WebHooks_Ping."""
    call.services.web_hooks.ping(call.caller, call.id)
    return _SENDING


def test(call: Call) -> Answer:
    """WebHooks_Test: nothing is sent when nothing has happened yet that the hook waits for."""
    return _SENDING if call.services.web_hooks.test(call.caller, call.id) else NO_CONTENT


def web_hook(shown: Shown[WebHook], view: View) -> dict[str, Any]:
    """A web hook."""
    return hook_shape(shown.record, view.links, progress(shown))


def hook_shape(record: WebHook, links: Links, known: Mapping[str, Any]) -> dict[str, Any]:
    """A web hook as a caller reads it, and as its receiver is told in a ping."""
    address = links.to("webhooks", record.id)
    return {
        "self": address,
        "links": {"ping": f"{address}:ping", "test": f"{address}:test"},
        "properties": {"apiVersion": record.api_version, **known},
        "webUrl": record.web_url,
        "events": {_SPELLED[event]: True for event in record.events},
        **named(record),
        **working(record),
    }


def _wanted(events: Mapping[str, bool | None]) -> list[str]:
    """The events that are on. Raises InvalidEvent for a name that is none."""
    unknown = next((name for name in events if name not in _EVENTS), None)
    if unknown is not None:
        raise InvalidEvent(
            f"There is no event {unknown!r}; the events are {', '.join(_EVENTS)}.", target=f"events.{unknown}"
        )
    return [_EVENTS[name] for name, on in events.items() if on]
